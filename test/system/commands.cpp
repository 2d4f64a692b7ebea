#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/historic_schema.hpp"
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
    {
        auto const migrated = bridgewatch({"migrate", "--database-url", conninfo});
        BOOST_TEST(succeeded(migrated), migrated.errors);
    }
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
    BOOST_TEST(has(program.output, "i.model = ANY($1) AND i.initiator_id = $2"));
    BOOST_TEST(has(program.output, "$1 = {\"gpt-5\",\"o 3\"}"));
    BOOST_TEST(has(program.output, "$2 = 11111111-2222-3333-4444-555555555555"));
    BOOST_TEST(has(bridgewatch({"explain", "alice"}).output,
                   "note: the id of user \"alice\" is looked up when the query runs"));
}

BOOST_AUTO_TEST_CASE(explain_shows_operators_groups_and_patterns)
{
    auto const program = bridgewatch({"explain", "-client:Cursor (model:gpt-* OR tool(name:sh)) duration:>30s"});
    BOOST_TEST(succeeded(program), program.errors); // a query that starts as an option would
    BOOST_TEST(has(program.output, "query\n  -client:Cursor (model:gpt-* OR tool(name:sh)) duration:>30s\n"));
    BOOST_TEST(has(program.output, "side by side 0..59\n"
                                   "  not 0..14\n"
                                   "    term 1..14\n"
                                   "      key \"client\" 1..7\n"
                                   "      value \"Cursor\" 8..14\n"
                                   "  any of 16..44\n"
                                   "    term 16..27\n"
                                   "      key \"model\" 16..21\n"
                                   "      pattern \"gpt-*\" 22..27\n"
                                   "    one tool call 31..44\n"
                                   "      term 36..43\n"),
               program.output);
    BOOST_TEST(has(program.output, "    more than \"30s\" "), program.output);
}

BOOST_AUTO_TEST_CASE(migrate_accelerates_a_database_that_others_own)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, create_statements(with_credentials));
    std::vector<std::string> const line{"migrate", "--schema", "accelerate", "--database-url", conninfo};
    auto dry_line = line;
    dry_line.emplace_back("--dry-run");
    auto const dry = bridgewatch(dry_line);
    BOOST_TEST(succeeded(dry), dry.errors);
    BOOST_TEST(has(dry.output,
                   "CREATE INDEX CONCURRENTLY IF NOT EXISTS bridgewatch_prompt_trgm ON aibridge_user_prompts "
                   "USING gin (prompt public.gin_trgm_ops);\n"),
               dry.output);
    constexpr std::string_view no_tables =
        "aibridge_interceptions has no session_id or ended_at: no tables for sessions and counts\n";
    BOOST_TEST(!has(dry.output, "CREATE TABLE"));
    BOOST_TEST(dry.output.ends_with("-- " + std::string{no_tables}), dry.output);
    auto const first = bridgewatch(line);
    BOOST_TEST(succeeded(first), first.errors);
    BOOST_TEST(has(first.output, "building bridgewatch_prompt_created (1 of "), first.output);
    BOOST_TEST(has(first.output, "all indexes for searches are there\n"), first.output);
    auto const second = bridgewatch(line);
    BOOST_TEST(succeeded(second), second.errors);
    BOOST_TEST(second.output == "all indexes for searches were there\nnote: " + std::string{no_tables});
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
    auto const unclosed = bridgewatch({"explain", "née (model:x OR"});
    BOOST_TEST(failed(unclosed));
    BOOST_TEST(has(unclosed.output, "  née (model:x OR\n      ^\n  q: Query has \"(\" that is not closed at column 5, "
                                    "expected \")\"\n"),
               unclosed.output);
    BOOST_TEST(has(unclosed.output, "               ^^\n  q: Query has nothing after \"OR\" at column 14"),
               unclosed.output);
}

BOOST_AUTO_TEST_CASE(explain_analyze_runs_the_statement)
{
    auto const conninfo = database::create();
    auto const program = bridgewatch({"explain", "carol", "--analyze", "--database-url", conninfo});
    BOOST_TEST(succeeded(program), program.errors);
    BOOST_TEST(has(program.output, "$1 = " + database::id(3)), program.output);
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
