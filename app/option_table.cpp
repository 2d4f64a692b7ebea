#include "app/option_table.hpp"

#include <boost/program_options.hpp>
#include <boost/throw_exception.hpp>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace bridgewatch::app {

namespace po = boost::program_options;

namespace {

using texts = std::vector<std::string>;

texts split_at_commas(std::string const& text)
{
    texts out;
    std::istringstream in{text};
    for (std::string piece; std::getline(in, piece, ',');) {
        auto const first = piece.find_first_not_of(' ');
        out.push_back(first == std::string_view::npos ? ""
                                                      : piece.substr(first, piece.find_last_not_of(' ') - first + 1));
    }
    return out;
}

/// Whether it can be repeated: what is no name may be a URL with a password, cut at its first equals sign.
bool is_name(std::string_view text)
{
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string_view::npos;
}

/// Whether a # stands right behind something else. Program_options takes the rest of such a line for a comment.
bool cuts_a_value(std::string const& file)
{
    std::istringstream lines{file};
    for (std::string line; std::getline(lines, line);) {
        auto const at = line.find('#');
        if (at != std::string::npos && at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t')
            return true;
    }
    return false;
}

} // namespace

void throw_exception_from_error(usage_error const& error, boost::source_location const& where)
{
    boost::throw_exception(std::runtime_error{error.line}, where);
}

environment current_environment()
{
    environment env;
    for (char** at = environ; *at != nullptr; ++at) {
        std::string_view const entry{*at};
        if (auto const equals = entry.find('='); equals != std::string_view::npos)
            env.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
    return env;
}

std::string variable_name(std::string_view option)
{
    std::string out = "BRIDGEWATCH_";
    for (char const c : option)
        out += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return out;
}

option_table::option_table(std::string command, std::string summary)
    : command_{std::move(command)}, summary_{std::move(summary)}
{
}

void option_table::value(std::string name, std::string shown_default, std::string help, std::string expected,
                         setter set)
{
    options_.push_back({std::move(name), std::move(shown_default), std::move(help), std::move(expected), false, false,
                        std::move(set)});
}

void option_table::list(std::string name, std::string shown_default, std::string help, std::string expected, setter add)
{
    options_.push_back(
        {std::move(name), std::move(shown_default), std::move(help), std::move(expected), true, false, std::move(add)});
}

void option_table::flag(std::string name, std::string help, bool& target)
{
    auto const set = [&target](std::string_view text) {
        target = text == "true";
        return target || text == "false";
    };
    options_.push_back({std::move(name), "off", std::move(help), "true or false", false, true, set});
}

void option_table::alternatives(std::string one, std::string other)
{
    alternatives_.emplace_back(std::move(one), std::move(other));
}

void option_table::let_pass(std::set<std::string, std::less<>> names)
{
    passed_ = std::move(names);
}

void option_table::positional(std::string name, std::string help, std::string& target)
{
    arguments_.push_back({std::move(name), std::move(help), &target});
}

usage_error option_table::wrong(std::string const& what) const
{
    return {"bridgewatch " + command_ + ": " + what + " (see bridgewatch " + command_ + " --help)", 2};
}

boost::system::result<void, usage_error> option_table::apply(option const& to,
                                                             std::vector<std::string> const& values) const
{
    if (values.size() > 1 && !to.repeatable)
        return wrong("--" + to.name + " is given more than once");
    for (auto const& given : values) {
        auto const pieces = to.repeatable ? split_at_commas(given) : texts{given};
        for (auto const& piece : pieces)
            if (!to.set(piece)) // the value may be a secret: it is not repeated
                return wrong("--" + to.name + ": expected " + to.expected);
    }
    return {};
}

boost::system::result<option_table::file_values, usage_error> option_table::read_file(std::string const& path) const
{
    if (path.empty())
        return {};
    auto const about = "--config: " + path + ": ";
    std::ifstream file{path};
    if (!file || std::filesystem::is_directory(path))
        return usage_error{"bridgewatch " + command_ + ": --config: cannot read " + path, 1};
    std::string const text{std::istreambuf_iterator<char>{file}, {}};
    if (cuts_a_value(text))
        return wrong(about + "expected a space before the # of a comment: no value can hold a # here, only in the "
                             "environment or on the command line");
    po::options_description ours;
    for (auto const& option : options_)
        ours.add_options()(option.name.c_str(), po::value<texts>(), "");
    file_values out;
    try {
        std::istringstream lines{text};
        for (auto& line : po::parse_config_file(lines, ours, true).options) {
            if (!line.unregistered)
                std::ranges::move(line.value, std::back_inserter(out[line.string_key]));
            else if (!passed_.contains(line.string_key)) // one file serves all commands
                return wrong(about + (is_name(line.string_key) ? "unrecognised option '" + line.string_key + "'"
                                                               : "a line is of no option"));
        }
    } catch (po::invalid_config_file_syntax const&) {
        // Its words repeat the line, which may hold a secret.
        return wrong(about + "expected lines of the form option = value");
    } catch (po::error const& error) {
        return wrong(about + error.what());
    }
    return out;
}

boost::system::result<option_table::outcome, usage_error> option_table::read(std::span<std::string const> arguments,
                                                                             environment const& env)
{
    po::options_description known;
    known.add_options()("help", "")("config", po::value<std::string>(), "");
    for (auto const& option : options_) {
        auto* semantic = po::value<texts>();
        if (option.flag)
            semantic = semantic->zero_tokens()->implicit_value(texts{"true"}, "true");
        known.add_options()(option.name.c_str(), semantic, "");
    }
    po::options_description all;
    all.add(known).add_options()("argument", po::value<texts>(), "");
    po::positional_options_description positions;
    positions.add("argument", -1);

    po::variables_map given;
    try {
        texts const line(arguments.begin(), arguments.end());
        // No short options: `explain '-client:Cursor'` is an argument.
        auto const style = po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
                           po::command_line_style::long_allow_next;
        po::store(po::command_line_parser(line).options(all).positional(positions).style(style).run(), given);
    } catch (po::error const& error) {
        return wrong(error.what());
    }
    if (given.contains("help") || std::ranges::find(arguments, "-h") != arguments.end())
        return outcome::help;

    auto const config_variable = env.find(variable_name("config"));
    std::string config = config_variable == env.end() ? std::string{} : config_variable->second;
    if (given.contains("config"))
        config = given["config"].as<std::string>();
    auto const from_file = read_file(config);
    if (from_file.has_error())
        return from_file.error();

    auto const look_up = [&](std::string const& name) -> std::pair<source, texts> {
        if (given.contains(name))
            return {source::line, given[name].as<texts>()};
        if (auto const at = env.find(variable_name(name)); at != env.end() && !at->second.empty())
            return {source::environment, {at->second}};
        if (auto const at = from_file->find(name); at != from_file->end())
            return {source::file, at->second};
        return {source::none, {}};
    };
    for (auto const& option : options_) {
        auto const found = look_up(option.name);
        auto const is_beaten = [&](auto const& pair) {
            return (pair.first == option.name && look_up(pair.second).first > found.first) ||
                   (pair.second == option.name && look_up(pair.first).first > found.first);
        };
        if (std::ranges::any_of(alternatives_, is_beaten))
            continue;
        if (auto const applied = apply(option, found.second); applied.has_error())
            return applied.error();
    }

    auto const free = given.contains("argument") ? given["argument"].as<texts>() : texts{};
    if (free.size() > arguments_.size())
        return wrong("unexpected argument \"" + free[arguments_.size()] + "\"");
    if (free.size() < arguments_.size())
        return wrong("expected " + arguments_[free.size()].name);
    for (std::size_t i = 0; i < free.size(); ++i)
        *arguments_[i].target = free[i];
    return outcome::run;
}

std::string option_table::help() const
{
    std::string out = "bridgewatch " + command_;
    for (auto const& argument : arguments_)
        out += " " + argument.name;
    out += " [options]\n" + summary_ + "\n\n";
    for (auto const& argument : arguments_)
        out += "  " + argument.name + "\n        " + argument.help + "\n";
    for (auto const& option : options_) {
        out += "  --" + option.name + (option.flag ? "" : " VALUE") + (option.repeatable ? " (repeatable)" : "") +
               "\n        " + option.help + "\n        default: " + option.shown_default +
               "   environment: " + variable_name(option.name) + "\n";
    }
    out += "  --config FILE\n        lines of the form `option = value`\n        default: none   environment: "
           "BRIDGEWATCH_CONFIG\n";
    out += "  --help\n\nA flag beats the environment, the environment beats the file.\n";
    return out;
}

command_description option_table::description() const
{
    command_description out{.name = command_, .summary = summary_, .arguments = {}, .options = {}};
    for (auto const& argument : arguments_)
        out.arguments.push_back({argument.name, argument.help});
    for (auto const& option : options_)
        out.options.push_back(
            {option.name, option.shown_default, option.help, option.expected, option.repeatable, option.flag});
    out.options.push_back({"config", "none", "file with lines of the form `option = value`", "a path", false, false});
    return out;
}

std::vector<std::string> option_table::names() const
{
    std::vector<std::string> out;
    out.reserve(options_.size());
    for (auto const& option : options_)
        out.push_back(option.name);
    return out;
}

} // namespace bridgewatch::app
