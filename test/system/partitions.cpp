#include "test/support/audit_log.hpp"
#include "test/support/deploy_script.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {
namespace {

constexpr char const* script = "partitions/partitions.sh";

std::string bridgewatch(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
    auto const done = run(arguments);
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
    return done.output;
}

constexpr char const* owner = R"sql(
INSERT INTO users (id, email, username, status, rbac_roles)
VALUES ('00000000-0000-4000-8000-000000000001', 'owner@example.com', 'the_owner', 'active', '{owner}');
INSERT INTO api_keys (id, hashed_secret, user_id, expires_at)
VALUES ('keyofowner', sha256(repeat('s', 22)::bytea), '00000000-0000-4000-8000-000000000001', '2099-01-01Z');
)sql";

/// The tables of a version of today, without what accelerates, and with a way in.
std::string own_database()
{
    auto conninfo = cluster::shared().create_database();
    bridgewatch({"migrate", "--database-url", conninfo});
    bridgewatch({"migrate", "--schema=accelerate", "--drop", "--database-url", conninfo});
    return conninfo;
}

void seed(std::string const& conninfo)
{
    bridgewatch({"seed", "--interceptions", "600", "--until", "2026-06-15T00:00:00Z", "--database-url", conninfo});
    cluster::execute(conninfo, owner);
}

/// An interception of a month, with its children.
void add_month(std::string const& conninfo, std::string const& month)
{
    cluster::execute(
        conninfo,
        "WITH added AS (INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) "
        "SELECT gen_random_uuid(), '00000000-0000-4000-8000-000000000001', 'openai', 'o3', at, at + interval '1 s' "
        "FROM generate_series(timestamptz '" +
            month + "-01Z', timestamptz '" + month +
            "-20Z', '1 day') AS at RETURNING id, started_at), prompts AS ("
            "INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at) "
            "SELECT gen_random_uuid(), id, 'r', 'hello', started_at FROM added) "
            "INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, "
            "output_tokens, created_at) SELECT gen_random_uuid(), id, 'r', 1, 1, started_at FROM added");
}

http_answer ask(served const& server, std::string_view target)
{
    return fetch(server.address(), target, as_owner());
}

std::string answers(served const& server)
{
    std::string out;
    for (std::string_view const target :
         {"/api/v2/aibridge/interceptions?limit=1000", "/api/v2/aibridge/interceptions?limit=50&offset=300",
          "/api/v2/aibridge/interceptions?limit=50&q=tool%3Abash%20-client%3ACursor",
          "/api/v2/aibridge/interceptions?limit=50&q=started%3A2026-05-20..2026-06-02",
          "/api/v2/aibridge/sessions?limit=100", "/api/v2/aibridge/sessions?limit=20&q=model%3Aclaude-*",
          "/api/v2/aibridge/models", "/api/v2/aibridge/clients"}) {
        auto const answer = ask(server, target);
        BOOST_TEST(answer.status == 200, target << " " << answer.body);
        out.append(answer.body).append("\n");
    }
    return out;
}

/// By cursors from the newest to the oldest. @return how many there were
std::size_t walk(served const& server)
{
    std::size_t seen = 0;
    for (std::string after;;) {
        auto const page = ask(server, std::string{interceptions_path} + "?limit=90&count=none" + after).json();
        auto const& results = page.at("results").as_array();
        seen += results.size();
        if (results.size() < 90)
            return seen;
        after = "&after_id=" + std::string{results.back().at("id").as_string()};
    }
}

int months_of(std::string const& conninfo, std::string const& table)
{
    return std::stoi(
        cluster::value(conninfo, "SELECT count(*) FROM pg_inherits WHERE inhparent = '" + table + "'::regclass"));
}

std::string count_of(served const& server)
{
    return std::to_string(
        ask(server, std::string{interceptions_path} + "?limit=1").json().at("count").to_number<int>());
}

} // namespace

BOOST_AUTO_TEST_SUITE(partitions)

BOOST_AUTO_TEST_CASE(answers_are_those_of_plain_tables)
{
    auto const plain = own_database(), converted = own_database(), by_month = own_database();
    deploy_script(script, {"--database", by_month, "--convert", "--children", "monthly", "--from", "2026-03"});
    for (auto const& each : {plain, converted, by_month})
        seed(each);
    deploy_script(script, {"--database", converted, "--convert"});
    bridgewatch({"migrate", "--database-url", plain});
    served const expected{plain};
    auto const wanted = answers(expected);
    for (auto const& each : {converted, by_month}) {
        {
            served const server{each};
            BOOST_TEST(answers(server) == wanted);
            BOOST_TEST(walk(server) == walk(expected));
        }
        bridgewatch({"migrate", "--database-url", each});
        bridgewatch({"verify", "--database-url", each});
        served const accelerated{each};
        BOOST_TEST(answers(accelerated) == wanted);
        BOOST_TEST(walk(accelerated) == walk(expected));
    }
}

BOOST_AUTO_TEST_CASE(indexes_are_built_partition_by_partition_and_an_interrupted_build_goes_on)
{
    auto const conninfo = own_database();
    deploy_script(script,
                  {"--database", conninfo, "--convert", "--children", "monthly", "--from", "2026-06", "--ahead", "1"});
    // What two interrupted runs may leave: a parent without all of its children, and a child that is not finished.
    auto const oid = cluster::value(conninfo, "SELECT 'aibridge_tool_usages_2026_06'::regclass::oid");
    cluster::execute(conninfo, "CREATE INDEX bridgewatch_tool ON ONLY aibridge_tool_usages (tool);"
                               "CREATE INDEX bridgewatch_tool_" +
                                   oid +
                                   " ON aibridge_tool_usages_2026_06 (tool);"
                                   "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bridgewatch_tool_" +
                                   oid + "'::regclass");
    BOOST_TEST(bridgewatch({"migrate", "--database-url", conninfo}).find("building bridgewatch_tool ") !=
               std::string::npos);
    constexpr char const* unfinished = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    BOOST_TEST(cluster::value(conninfo, unfinished) == "0");
    BOOST_TEST(bridgewatch({"migrate", "--database-url", conninfo}).find("building") == std::string::npos);

    // A month that comes later has them from its first row on.
    deploy_script(script, {"--database", conninfo, "--ahead", "9"});
    BOOST_TEST(cluster::value(conninfo, unfinished) == "0");
    BOOST_TEST(cluster::value(conninfo,
                              "SELECT count(DISTINCT x.indrelid) = count(DISTINCT p.inhrelid) FROM pg_inherits AS p "
                              "LEFT JOIN pg_indexes AS i ON i.tablename = p.inhrelid::regclass::text "
                              "LEFT JOIN pg_index AS x ON x.indrelid = p.inhrelid "
                              "AND pg_get_indexdef(x.indexrelid) LIKE '%(tool)' "
                              "WHERE p.inhparent = 'aibridge_tool_usages'::regclass") == "t");
    BOOST_TEST(bridgewatch({"migrate", "--database-url", conninfo}).find("building") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(months_come_and_go_and_counts_stay_exact)
{
    auto const conninfo = own_database();
    cluster::execute(conninfo, owner);
    deploy_script(script, {"--database", conninfo, "--convert", "--from", "2024-01", "--ahead", "1"});
    bridgewatch({"migrate", "--database-url", conninfo});
    for (auto const* month : {"2023-11", "2024-02", "2024-03"}) // the first is in "past"
        add_month(conninfo, month);
    auto const next_year = cluster::value(conninfo, "SELECT to_char(now() + interval '1 year', 'YYYY-MM')");
    add_month(conninfo, next_year); // in "future"
    served const server{conninfo};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(count_of(server) == "80");

    auto const before = months_of(conninfo, "aibridge_interceptions");
    deploy_script(script, {"--database", conninfo, "--ahead", "13"});
    BOOST_TEST(months_of(conninfo, "aibridge_interceptions") == before + 12);
    BOOST_TEST(cluster::value(conninfo, "SELECT count(*) FROM aibridge_interceptions_future") == "0");
    BOOST_TEST(count_of(server) == "80");
    bridgewatch({"verify", "--database-url", conninfo});

    // As old as March 2024 may stay.
    auto const keep =
        cluster::value(conninfo, "SELECT extract(year FROM age) * 12 + extract(month FROM age) FROM "
                                 "age(date_trunc('month', now() AT TIME ZONE 'UTC'), '2024-03-01') AS age");
    auto const told = deploy_script(script, {"--database", conninfo, "--ahead", "13", "--keep", keep});
    BOOST_TEST(told.find("dropped aibridge_interceptions_past") != std::string::npos, told);
    BOOST_TEST(told.find("dropped aibridge_interceptions_2024_02") != std::string::npos, told);
    BOOST_TEST(told.find("2024_03") == std::string::npos, told);
    BOOST_TEST(count_of(server) == "40");
    BOOST_TEST(cluster::value(conninfo, "SELECT count(*) FROM aibridge_user_prompts") == "40");
    bridgewatch({"verify", "--database-url", conninfo});

    add_month(conninfo, "2023-12"); // late, and not refused
    BOOST_TEST(count_of(server) == "60");
    auto const again =
        deploy_script(script, {"--database", conninfo, "--ahead", "13", "--keep", keep, "--detach-only"});
    BOOST_TEST(again.find("detached aibridge_interceptions_past") != std::string::npos, again);
    BOOST_TEST(count_of(server) == "40");
    bridgewatch({"verify", "--database-url", conninfo});
}

BOOST_AUTO_TEST_CASE(what_is_not_ours_is_left_alone)
{
    auto const upstream = cluster::shared().create_database();
    cluster::execute(upstream, "CREATE TABLE aibridge_interceptions (id uuid PRIMARY KEY, started_at timestamptz)");
    auto const refused = try_deploy_script(script, {"--database", upstream, "--convert"});
    BOOST_TEST((refused.status == exit_status{.code = 1}));
    BOOST_TEST(refused.errors.find("was not made by bridgewatch migrate") != std::string::npos, refused.errors);

    auto const conninfo = cluster::shared().create_database();
    bridgewatch({"migrate", "--database-url", conninfo});
    auto const with_triggers = try_deploy_script(script, {"--database", conninfo, "--convert"});
    BOOST_TEST((with_triggers.status == exit_status{.code = 1}));
    BOOST_TEST(with_triggers.errors.find("--schema=accelerate --drop") != std::string::npos, with_triggers.errors);
    auto const plain = try_deploy_script(script, {"--database", conninfo});
    BOOST_TEST(plain.errors.find("not partitioned") != std::string::npos, plain.errors);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
