#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/process.hpp"
#include "test/support/served.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace database = contract_database;

constexpr char const* path = "/api/v2/aibridge/interceptions";

finished bridgewatch(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
    return run(arguments);
}

bool succeeded(finished const& program)
{
    return program.status == exit_status{};
}

bool failed(finished const& program)
{
    return program.status == exit_status{.code = 1};
}

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

std::string without_line_feed(std::string text)
{
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(migrate_seed_token_make_a_database_that_serves)
{
    auto const conninfo = cluster::shared().create_database();
    auto const dry = bridgewatch({"migrate", "--dry-run", "--database-url", conninfo});
    BOOST_TEST(succeeded(dry), dry.errors);
    BOOST_TEST(has(dry.output, "CREATE TABLE aibridge_interceptions"));
    BOOST_TEST(cluster::value(conninfo, "SELECT to_regclass('aibridge_interceptions')").empty());
    for (int round = 0; round < 2; ++round) // idempotent
        BOOST_TEST(succeeded(bridgewatch({"migrate", "--database-url", conninfo})));
    auto const seeded =
        bridgewatch({"seed", "--interceptions", "200", "--until", "2026-08-30T00:00:00Z", "--database-url", conninfo});
    BOOST_TEST(succeeded(seeded), seeded.errors);
    auto const made = bridgewatch({"token", "--username", "alice", "--role", "owner", "--database-url", conninfo});
    BOOST_TEST_REQUIRE(succeeded(made), made.errors);
    auto const token = without_line_feed(made.output);
    BOOST_TEST(token.size() == 33U);

    served const server{conninfo};
    auto const answer = fetch(server.address(), path, {{"Coder-Session-Token", token}});
    BOOST_TEST(answer.status == 200, answer.body);
    BOOST_TEST(answer.json().at("count").as_int64() ==
               std::stoll(cluster::value(
                   conninfo, "SELECT count(*)::text FROM aibridge_interceptions WHERE ended_at IS NOT NULL")));
    BOOST_TEST(!has(server.log(), token.substr(token.find('-') + 1)));
}

BOOST_AUTO_TEST_CASE(faults_are_one_line_and_status_1)
{
    auto const conninfo = cluster::shared().create_database();
    std::string const nowhere = "host=/nonexistent dbname=x";
    for (std::vector<std::string> const& line : {std::vector<std::string>{"migrate", "--database-url", nowhere},
                                                 {"seed", "--database-url", nowhere},
                                                 {"token", "--username", "alice", "--database-url", nowhere},
                                                 {"explain", "--analyze", "", "--database-url", nowhere},
                                                 {"seed", "--database-url", conninfo},
                                                 {"token", "--username", "alice", "--database-url", conninfo},
                                                 {"serve", "--config", "/nonexistent/file"}}) {
        auto const program = bridgewatch(line);
        BOOST_TEST_CONTEXT(line[0] << ' ' << line[1])
        {
            BOOST_TEST(failed(program), program.errors);
            BOOST_TEST(program.errors.find('\n') + 1 == program.errors.size(), program.errors);
        }
    }
}

BOOST_AUTO_TEST_CASE(explain_shows_query_tree_sql_and_parameters)
{
    auto const program =
        bridgewatch({"explain", "model:gpt-5  initiator:11111111-2222-3333-4444-555555555555 model:\"o 3\""});
    BOOST_TEST(succeeded(program), program.errors);
    BOOST_TEST(
        has(program.output, "query\n  model:gpt-5 initiator:11111111-2222-3333-4444-555555555555 model:\"o 3\"\n"),
        program.output);
    BOOST_TEST(has(program.output, "i.model = ANY($1) AND i.initiator_id = ANY($2)"));
    BOOST_TEST(has(program.output, "$1 = {\"gpt-5\",\"o 3\"}"));
    BOOST_TEST(has(program.output, "$2 = {11111111-2222-3333-4444-555555555555}"));
    BOOST_TEST(has(bridgewatch({"explain", "alice"}).output,
                   "note: the id of user \"alice\" is looked up when the query runs"));
}

BOOST_AUTO_TEST_CASE(explain_puts_a_caret_under_each_fault)
{
    auto const program = bridgewatch({"explain", "née modle:x provider:"});
    BOOST_TEST(failed(program));
    BOOST_TEST(has(program.output, "  née modle:x provider:\n      ^^^^^\n  modle: Query param \"modle\" is not a "
                                   "valid query param; did you mean \"model\"?\n"),
               program.output);
    BOOST_TEST(has(program.output,
                   "              ^^^^^^^^^\n  q: Query element \"provider:\" cannot start or end with ':'\n"));
    BOOST_TEST(failed(bridgewatch({"explain", "-client:Cursor"}))); // an unknown key, not an option
}

BOOST_AUTO_TEST_CASE(explain_analyze_runs_the_statement)
{
    auto const conninfo = database::create();
    auto const program = bridgewatch({"explain", "carol", "--analyze", "--database-url", conninfo});
    BOOST_TEST(succeeded(program), program.errors);
    BOOST_TEST(has(program.output, "$1 = {" + database::id(3) + "}"), program.output);
    BOOST_TEST(has(program.output, "Execution Time:"));
    auto const unknown = bridgewatch({"explain", "nobody", "--analyze", "--database-url", conninfo});
    BOOST_TEST(failed(unknown));
    BOOST_TEST(has(unknown.output, "user \"nobody\" either does not exist"));
}

BOOST_AUTO_TEST_CASE(health_tells_ready_from_not_ready)
{
    auto const conninfo = database::create();
    {
        served const server{conninfo};
        auto const good = bridgewatch({"health", "--listen", server.address()});
        BOOST_TEST(succeeded(good), good.errors);
        BOOST_TEST(good.output == "ready\n");
    }
    served const lost{"host=/nonexistent dbname=x"};
    auto const away = bridgewatch({"health", "--listen", lost.address()});
    BOOST_TEST(failed(away));
    BOOST_TEST(has(away.errors, "database cannot be reached"), away.errors);
    BOOST_TEST(failed(bridgewatch({"health", "--listen", "127.0.0.1:1"})));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
