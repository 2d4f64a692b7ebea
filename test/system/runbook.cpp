#include "test/support/audit_log.hpp"
#include "test/support/file_content.hpp"
#include "test/support/http_client.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <future>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// deploy/RUNBOOK.md: has each alert an entry, and do its commands work?
namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
namespace bt = boost::test_tools;

fs::path const root{BRIDGEWATCH_SOURCE_DIR};

std::string const& book()
{
    static auto const text = content(root / "deploy" / "RUNBOOK.md");
    return text;
}

/// The first groups of all matches, in order.
std::vector<std::string> matches(std::string const& in, char const* pattern)
{
    std::vector<std::string> out;
    std::regex const wanted{pattern, std::regex::ECMAScript | std::regex::multiline};
    for (std::sregex_iterator it{in.begin(), in.end(), wanted}, end; it != end; ++it)
        out.push_back((*it)[1]);
    return out;
}

/// What stands between ```language and ```, in order.
std::vector<std::string> blocks(std::string const& language)
{
    std::vector<std::string> out;
    std::istringstream lines{book()};
    bool within = false;
    for (std::string line; std::getline(lines, line);) {
        if (!within && line == "```" + language)
            out.emplace_back();
        else if (within && line != "```")
            out.back() += line + '\n';
        within = within ? line != "```" : line == "```" + language;
    }
    return out;
}

std::set<std::string> anchors()
{
    std::set<std::string> out;
    for (auto heading : matches(book(), "^#+ (.*)$")) {
        std::ranges::transform(heading, heading.begin(),
                               [](unsigned char c) { return c == ' ' ? '-' : std::tolower(c); });
        out.insert(heading);
    }
    return out;
}

/// A line of each kind that most commands of the runbook pick out of the log.
void make_lines(served const& server, audit_log const& log)
{
    for (auto const* query : {"?limit=2", "?q=modle:x"})
        std::ignore = fetch(server.address(), std::string{interceptions_path} + query, as_owner());
    std::ignore = fetch(server.address(), interceptions_path, {{"Coder-Session-Token", "nobody0000-wrong"}});
    std::future<http_answer> slow;
    {
        held_pages const held{log};
        slow = ask_aside(server.address(), std::string{interceptions_path});
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] {
            return log.sessions("wait_event_type = 'Lock' AND query_start < now() - interval '20 ms'") > 0;
        }));
    }
    BOOST_TEST(slow.get().status == 200);
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] {
        return server.log_lines("request").size() >= 4 && !server.log_lines("slow_query").empty() &&
               fetch(server.address(), "/metrics").body.find("\nbridgewatch_database_replica 0") != std::string::npos;
    }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(runbook)

BOOST_AUTO_TEST_CASE(each_alert_has_an_entry_and_each_entry_an_alert)
{
    auto const entries = matches(book(), "^### (.*)$");
    auto const alerts = matches(content(root / "deploy/prometheus/alerts.yml"), "^ +- alert: (.*)$");
    BOOST_TEST(alerts.size() > 20U);
    BOOST_TEST(entries == alerts, bt::per_element()); // in the same order
}

BOOST_AUTO_TEST_CASE(each_entry_says_what_it_means_what_users_see_and_what_to_do)
{
    auto const& text = book();
    auto const entries = matches(text, "^### (.*)$");
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto const from = text.find("### " + entries[i] + "\n");
        auto const entry = text.substr(from, text.find("\n##", from + 1) - from);
        for (auto const* part : {"\n- Means: ", "\n- Users see: ", "\n```sh\n", "\n- Do: ", "\n- No problem: "})
            BOOST_TEST(entry.find(part) != std::string::npos, entries[i] << " lacks " << part);
    }
}

BOOST_AUTO_TEST_CASE(links_lead_somewhere)
{
    auto const known = anchors();
    for (auto const& target : matches(book(), R"(\]\(([^)]+)\))")) {
        if (target.starts_with('#'))
            BOOST_TEST(known.contains(target.substr(1)), target);
        else
            BOOST_TEST(fs::exists(root / "deploy" / target), target);
    }
}

BOOST_AUTO_TEST_CASE(events_are_those_that_the_program_writes)
{
    std::string sources;
    for (auto const* folder : {"app", "lib"})
        for (auto const& file : fs::recursive_directory_iterator{root / folder})
            if (file.path().extension() == ".cpp")
                sources += content(file.path());
    std::string commands;
    for (auto const& block : blocks("sh"))
        commands += block;
    auto const events = matches(commands, R"(^event (\w+))");
    BOOST_TEST(events.size() > 20U);
    for (auto const& event : events)
        BOOST_TEST(sources.find('"' + event + '"') != std::string::npos, event << " is no event");
}

BOOST_AUTO_TEST_CASE(commands_work_as_they_stand)
{
    audit_log const log;
    served const server{log.conninfo(), {"--slow-query", "1ms"}};
    BOOST_TEST_REQUIRE(server.ready());
    make_lines(server, log);
    scratch_directory const directory;
    auto const written = directory.path() / "log";
    std::ofstream{written} << "a line of somebody else\n" << server.log();
    auto const commands = blocks("sh");
    // Of the first, which says where instance and log are, the test's own are put in place.
    auto const here =
        commands.front() + "at=http://" + server.address() + "\nlogs() { cat " + written.string() + "; }\n";
    for (auto const& command : commands) {
        if (command == commands.front())
            continue;
        auto const done = run({"bash", "-euo", "pipefail", "-c", here + command});
        BOOST_TEST((done.status == exit_status{}), command << done.output << done.errors);
        BOOST_TEST(done.errors.empty(), command << done.errors);
    }
    for (auto const& statements : blocks("sql"))
        log.execute(statements);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
