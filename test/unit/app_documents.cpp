// Is everything that can be said to a command in its manual and in the completions?
#include "app/commands.hpp"
#include "app/completions.hpp"
#include "app/manual.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {
namespace {

using texts = std::vector<std::string>;

std::vector<app::command_description> all_commands()
{
    std::vector<app::command_description> out;
    for (auto const& command : app::commands())
        out.push_back(command.describe());
    return out;
}

texts choices(std::string expected)
{
    return app::option_description{.name = {}, .shown_default = {}, .help = {}, .expected = std::move(expected)}
        .choices();
}

/// From the first `start` to the next `end`; empty where there is none.
std::string part(std::string const& text, std::string const& start, std::string_view end)
{
    auto const from = text.find(start);
    return from == std::string::npos ? std::string{} : text.substr(from, text.find(end, from + start.size()) - from);
}

bool has(std::string const& text, std::string_view what)
{
    return text.find(what) != std::string::npos;
}

std::string with_escaped_hyphens(std::string_view text)
{
    std::string out;
    for (char const c : text)
        out += c == '-' ? std::string{"\\-"} : std::string{c};
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(app_documents)

BOOST_AUTO_TEST_CASE(what_is_expected_tells_the_choices)
{
    BOOST_TEST(choices("on or off") == (texts{"on", "off"}), boost::test_tools::per_element());
    BOOST_TEST(choices("owner, auditor or member") == (texts{"owner", "auditor", "member"}),
               boost::test_tools::per_element());
    for (auto const* form : {"", "a path", "an address", "a duration such as 250ms, 10s or 5m"})
        BOOST_TEST(choices(form).empty(), form);
}

BOOST_AUTO_TEST_CASE(commands_describe_themselves)
{
    for (auto const& command : app::commands()) {
        auto const found = command.describe();
        BOOST_TEST(found.name == command.name);
        BOOST_TEST(std::ranges::count(found.options, "config", &app::option_description::name) == 1);
        BOOST_TEST(found.options.size() > 1U);
    }
}

BOOST_AUTO_TEST_CASE(every_option_of_every_command_is_in_each_document)
{
    auto const commands = all_commands();
    auto const page = app::manual(commands, "1.2.3");
    auto const bash = app::bash_completion(commands);
    auto const zsh = app::zsh_completion(commands);
    auto const fish = app::fish_completion(commands);
    for (auto const& command : commands) {
        auto const in_page = part(page, ".SS bridgewatch " + command.name, "\n.S");
        auto const in_bash = part(bash, "    " + command.name + ") _bridgewatch_words", ";;");
        auto const in_zsh = part(zsh, "        " + command.name + ")\n", ";;");
        for (auto const& option : command.options)
            BOOST_TEST_CONTEXT(command.name << " --" << option.name)
            {
                BOOST_TEST(has(in_page, with_escaped_hyphens("\\fB--" + option.name) + "\\fR"));
                BOOST_TEST((has(in_bash, "--" + option.name + " ")));
                BOOST_TEST(has(in_zsh, "--" + option.name + (option.flag ? "[" : "=[")));
                BOOST_TEST(has(fish, "'__fish_seen_subcommand_from " + command.name + "' -l " + option.name + " "));
            }
    }
    BOOST_TEST(has(page, "bridgewatch 1.2.3"));
}

BOOST_AUTO_TEST_CASE(what_the_formats_would_misread_is_escaped)
{
    app::command_description const odd{.name = "odd",
                                       .summary = ".starts, isn't [plain]: \\ and …",
                                       .arguments = {},
                                       .options = {{"it", "none", "isn't [plain]: \\ and …", "a path", false, false}}};
    auto const page = app::manual({&odd, 1}, "1");
    BOOST_TEST(has(page, "\n\\&.starts, isn\\(aqt [plain]: \\e and ...\n"), page);
    auto const zsh = app::zsh_completion({&odd, 1});
    BOOST_TEST(has(zsh, R"('--it=[isn'\''t \[plain\]\: \\ and …]:a path:_files')"), zsh);
    auto const fish = app::fish_completion({&odd, 1});
    BOOST_TEST(has(fish, R"(-l it -r -F -d 'isn\'t [plain]: \\ and …')"), fish);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
