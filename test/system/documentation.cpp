#include "test/support/file_content.hpp"
#include "test/support/markdown.hpp"
#include "test/support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// What README.md and the documents of deploy/ name has to exist: options, links, events of the log, metrics, and, in
// the guide to troubles, the words that a server says.
namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
using names = std::set<std::string, std::less<>>;

fs::path const root{BRIDGEWATCH_SOURCE_DIR};

/// Linked before they are there.
names const expected_soon{"deploy/RUNBOOK.md", "deploy/kubernetes/README.md", "deploy/loadtest/README.md",
                          "deploy/sql/README.md"};

/// Options of programs that the documents name in passing.
names const options_of_others{"--api-rate-limit"};

/// A role that documents have their readers make, and a name that replicate.sh puts together.
names const made_elsewhere{"bridgewatch_reader", "bridgewatch_inserts"};

/// Files below a folder of the repository, but what npm has put there.
std::vector<fs::path> files_below(std::string_view folder, std::vector<std::string_view> const& extensions)
{
    std::vector<fs::path> out;
    for (fs::recursive_directory_iterator it{root / folder}, end; it != end; ++it) {
        if (it->path().filename() == "node_modules")
            it.disable_recursion_pending();
        else if (it->is_regular_file() &&
                 std::ranges::find(extensions, it->path().extension().string()) != extensions.end())
            out.push_back(it->path());
    }
    return out;
}

std::vector<markdown> const& documents()
{
    static auto const all = [] {
        std::vector<markdown> out{read_markdown(root / "README.md")};
        for (auto const& file : files_below("deploy", {".md"}))
            out.push_back(read_markdown(file));
        return out;
    }();
    return all;
}

std::string where(markdown const& document, std::size_t line)
{
    return fs::relative(document.file, root).string() + ":" + std::to_string(line);
}

/// Calls `look` with each inline code and each line of a block, without its comment; lines that end with a backslash
/// are joined.
void each_code(markdown const& document, std::function<void(std::string const&, std::string const& where)> const& look)
{
    for (auto const& span : document.code)
        look(span.text, where(document, span.line));
    for (auto const& block : document.blocks) {
        static std::regex const end_of_part{R"(\\\n)"}, comment{R"((^|\s)# .*)"};
        std::istringstream lines{std::regex_replace(block.text, end_of_part, " ")};
        for (std::string line; std::getline(lines, line);)
            look(std::regex_replace(line, comment, ""), where(document, block.line));
    }
}

void each_match(std::string const& text, std::regex const& what, std::function<void(std::smatch const&)> const& look)
{
    for (std::sregex_iterator it{text.begin(), text.end(), what}, end; it != end; ++it)
        look(*it);
}

/// Calls `look` with the inline code of the first cells of tables whose first heading is one of these.
void each_first_cell(markdown const& document, names const& headings,
                     std::function<void(std::string const&, std::string const& where)> const& look)
{
    static std::regex const code{"`([^`]+)`"};
    bool inside = false, wanted = false;
    for (std::size_t line = 0; line < document.prose.size(); ++line) {
        auto const& text = document.prose[line];
        bool const is_row = text.starts_with("| ");
        auto const cell = is_row ? text.substr(2, text.find(" |", 2) - 2) : std::string{};
        if (is_row && !inside)
            wanted = headings.contains(cell);
        else if (is_row && wanted)
            each_match(cell, code, [&](auto const& found) { look(found[1], where(document, line + 1)); });
        inside = is_row;
    }
}

/// The options of each command, as --help names them.
std::map<std::string, names> const& options_of_commands()
{
    static auto const all = [] {
        std::map<std::string, names> out;
        auto const said = [](std::vector<std::string> arguments) {
            arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
            return run(arguments).output;
        };
        static std::regex const command{R"(\n  ([a-z]+) )"}, option{R"(\n  (--[a-z-]+))"};
        each_match(said({"--help"}), command, [&](auto const& found) {
            auto& of = out[found[1]];
            each_match(said({found[1], "--help"}), option, [&of](auto const& name) { of.insert(name[1]); });
        });
        return out;
    }();
    return all;
}

/// Words in what others read and run: our sources, and scripts and settings of deploy/, but not what reads metrics.
names const& words_of_sources()
{
    static auto const all = [] {
        static std::regex const word{"[A-Za-z_][A-Za-z0-9_]*"};
        names out;
        for (auto const* folder : {"app", "db", "grammar", "lib", "deploy"})
            for (auto const& file : files_below(
                     folder, {".cpp", ".hpp", ".sql", ".sh", ".ini", ".conf", ".cfg", ".service", ".mjs", ".lua"}))
                each_match(content(file), word, [&out](auto const& found) { out.insert(found[0]); });
        return out;
    }();
    return all;
}

/// Literals of the program, whose pieces are joined as the compiler does.
std::string const& sources_of_words()
{
    static auto const all = [] {
        std::string out;
        for (auto const* folder : {"app", "db", "grammar", "lib"})
            for (auto const& file : files_below(folder, {".cpp", ".hpp"}))
                out += content(file);
        out = std::regex_replace(out, std::regex{R"("\s*\n\s*")"}, "");
        return std::regex_replace(out, std::regex{R"(\\")"}, "\"");
    }();
    return all;
}

bool is_event(std::string const& name)
{
    return sources_of_words().find('"' + name + '"') != std::string::npos;
}

bool is_metric(std::string_view name)
{
    for (std::string_view const suffix : {"", "_bucket", "_sum", "_count", "_total"})
        if (name.ends_with(suffix) && words_of_sources().contains(name.substr(0, name.size() - suffix.size())))
            return true;
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(documentation)

BOOST_AUTO_TEST_CASE(each_option_of_a_command_exists)
{
    // kubectl -n bridgewatch get: the word before is an option, and this is its value.
    static std::regex const call{R"((?:^|(\S+)\s+|[/`$(=])bridgewatch ([a-z]+)\b([^|;&#)]*))"},
        option{R"( (--[a-z][a-z-]*))"};
    int seen = 0;
    for (auto const& document : documents())
        each_code(document, [&](std::string const& text, std::string const& at) {
            each_match(text, call, [&](auto const& found) {
                if (found.str(1).starts_with('-'))
                    return;
                auto const of = options_of_commands().find(found[2]);
                BOOST_TEST((of != options_of_commands().end()), at << ": there is no command " << found[2]);
                if (of == options_of_commands().end())
                    return;
                each_match(found[3], option, [&](auto const& name) {
                    ++seen;
                    BOOST_TEST(of->second.contains(name.str(1)), at << ": " << of->first << " has no " << name[1]);
                });
            });
        });
    BOOST_TEST(seen > 50);
}

BOOST_AUTO_TEST_CASE(each_option_that_is_talked_about_exists)
{
    static std::regex const option{R"(^(--[a-z][a-z-]*))"};
    auto known = options_of_others;
    known.insert({"--help", "--version"});
    for (auto const& [command, its] : options_of_commands())
        known.insert(its.begin(), its.end());
    std::string scripts = content(root / "dev") + content(root / "test/bench/run");
    for (auto const& file : files_below("deploy", {".sh", ".mjs", ".js", ".lua", ""}))
        scripts += content(file);
    for (auto const& document : documents())
        for (auto const& span : document.code)
            each_match(span.text, option, [&](auto const& found) {
                auto const name = found.str(1);
                bool const in_script = std::regex_search(
                    scripts, std::regex{"(--|['\"])" + name.substr(2) + "\\b|\\b" + name.substr(2) + ": "});
                BOOST_TEST((known.contains(name) || in_script), where(document, span.line) << ": nothing has " << name);
            });
}

BOOST_AUTO_TEST_CASE(each_link_leads_somewhere)
{
    int seen = 0;
    for (auto const& document : documents())
        for (auto const& [target, line] : document.links) {
            if (target.starts_with("https://") || target.starts_with("http://"))
                continue;
            ++seen;
            auto const hash = std::min(target.find('#'), target.size());
            auto file =
                hash == 0 ? document.file : (document.file.parent_path() / target.substr(0, hash)).lexically_normal();
            if (!fs::exists(file) && expected_soon.contains(fs::relative(file, root).string()))
                continue;
            BOOST_TEST(fs::exists(file), where(document, line) << ": there is no " << target);
            if (!fs::exists(file) || hash == target.size())
                continue;
            if (fs::is_directory(file))
                file /= "README.md";
            auto const anchors = read_markdown(file).anchors;
            BOOST_TEST((std::ranges::find(anchors, target.substr(hash + 1)) != anchors.end()),
                       where(document, line) << ": there is no heading for " << target);
        }
    BOOST_TEST(seen > 50);
}

BOOST_AUTO_TEST_CASE(each_event_is_one_of_the_log)
{
    static std::regex const in_json{R"re("event":"([a-z_]+))re"},
        in_prose{R"([Ee]vents? ((?:`[a-z_]+`(?:,? and |, )?)+))"}, one{"`([a-z_]+)`"};
    int seen = 0;
    auto const check = [&seen](std::string const& name, std::string const& at) {
        ++seen;
        BOOST_TEST(is_event(name), at << ": the log has no event " << name);
    };
    for (auto const& document : documents()) {
        each_code(document, [&](std::string const& text, std::string const& at) {
            each_match(text, in_json, [&](auto const& found) {
                if (!found.str(1).ends_with('_')) // the beginning of several
                    check(found[1], at);
            });
        });
        for (std::size_t line = 0; line < document.prose.size(); ++line)
            each_match(document.prose[line], in_prose, [&](auto const& found) {
                each_match(found[1], one, [&](auto const& name) { check(name[1], where(document, line + 1)); });
            });
        each_first_cell(document, {"event"}, [&](std::string const& code, std::string const& at) {
            if (std::ranges::all_of(code, [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); }))
                check(code, at);
        });
    }
    BOOST_TEST(seen > 20);
}

BOOST_AUTO_TEST_CASE(each_metric_and_table_exists)
{
    static std::regex const name{R"(\b(?:bridgewatch|process)_[a-z0-9_]+[a-z0-9]\b)"};
    for (auto const& document : documents())
        each_code(document, [&](std::string const& text, std::string const& at) {
            each_match(text, name, [&](auto const& found) {
                BOOST_TEST((made_elsewhere.contains(found.str()) || is_metric(found.str())),
                           at << ": nothing makes " << found.str());
            });
        });
}

BOOST_AUTO_TEST_CASE(words_of_the_server_are_its_own)
{
    auto const guide = read_markdown(root / "deploy/guides/troubleshooting.md");
    int seen = 0;
    each_first_cell(guide, {"detail", "message", "reason", "line", "event"},
                    [&](std::string const& words, std::string const& at) {
                        ++seen;
                        std::string_view rest{words};
                        while (!rest.empty()) {
                            auto const part = rest.substr(0, rest.find("…"));
                            BOOST_TEST((sources_of_words().find(part) != std::string::npos),
                                       at << ": the program never says " << part);
                            rest.remove_prefix(std::min(rest.size(), part.size() + std::string_view{"…"}.size()));
                        }
                    });
    BOOST_TEST(seen > 30);
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_is_seen)
{
    BOOST_TEST(is_event("schema_ready"));
    BOOST_TEST(!is_event("schema_steady"));
    BOOST_TEST(is_metric("bridgewatch_sessions"));
    BOOST_TEST(!is_metric("bridgewatch_of_next_year_total"));
    BOOST_TEST(options_of_commands().at("serve").contains("--pool-size"));
    BOOST_TEST(!options_of_commands().at("migrate").contains("--pool-size"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
