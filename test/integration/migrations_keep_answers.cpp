#include "db/schema/migrate.hpp"
#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/earlier_schema.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/process.hpp"
#include "test/support/served.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

// A database of any earlier age, after `bridgewatch migrate`: the same rows, the same answers.
namespace bridgewatch::test {
namespace {

namespace bdata = boost::unit_test::data;
namespace database = contract_database;

/// The first version that has all tables, and so can be served.
constexpr int first_served = 3;

int newest()
{
    return schema::migrations().back().number;
}

/// What bridgewatch reads besides what add_interceptions writes: sessions, threads, what is in flight, JSON, errors.
constexpr char const* variety = R"sql(
UPDATE aibridge_interceptions SET client_session_id = 'team ' || right(id::text, 1), client = 'Claude Code' WHERE right(id::text, 1) < '4';
UPDATE aibridge_interceptions SET thread_root_id = '00000000-0000-4000-8000-000000000101' WHERE right(id::text, 2) = '15';
UPDATE aibridge_interceptions SET ended_at = NULL WHERE right(id::text, 1) = '7';
UPDATE aibridge_interceptions SET error_type = 'timeout', error_message = 'too slow', metadata = '{"team": "payments", "n": 1.10}',
    annotations = '{"repo": "coder/coder"}' WHERE right(id::text, 1) = '8';
UPDATE aibridge_token_usages SET cost_micros = input_tokens * 7, metadata = '{"web": 2}';
INSERT INTO aibridge_model_thoughts (interception_id, content, created_at)
SELECT id, 'hm', started_at FROM aibridge_interceptions WHERE right(id::text, 1) = '3';
)sql";

constexpr std::string_view questions[] = {
    "/api/v2/aibridge/interceptions?limit=200",
    "/api/v2/aibridge/interceptions?limit=7&offset=30",
    "/api/v2/aibridge/interceptions?limit=7&after_id=00000000-0000-4000-8000-000000000130",
    "/api/v2/aibridge/interceptions?limit=3&count=capped",
    "/api/v2/aibridge/interceptions?q=is%3Ainflight",
    "/api/v2/aibridge/interceptions?q=model%3Agpt-*",
    "/api/v2/aibridge/interceptions?q=prompt%3A12%20tool%3Abash",
    "/api/v2/aibridge/interceptions?q=error_type%3Atimeout%20cost%3A%3E0",
    "/api/v2/aibridge/interceptions?q=metadata.team%3Apayments%20annotation.repo%3Acoder%2Fcoder",
    "/api/v2/aibridge/interceptions/00000000-0000-4000-8000-000000000101",
    "/api/v2/aibridge/sessions?limit=200",
    "/api/v2/aibridge/sessions?limit=5&q=client%3A%22Claude%20Code%22",
    "/api/v2/aibridge/sessions/team%202",
    "/api/v2/aibridge/sessions/00000000-0000-4000-8000-000000000101",
    "/api/v2/aibridge/models",
    "/api/v2/aibridge/clients?q=C",
};

using answers = std::map<std::string, std::string>;

/// Each with its status: a search for what an old database does not record is a fault, and stays one.
answers answers_of(served const& server)
{
    BOOST_TEST_REQUIRE(server.ready());
    answers out;
    for (auto const target : questions) {
        auto const got = fetch(server.address(), target, {{"Coder-Session-Token", database::token("keyowner00")}});
        out[std::string{target}] = std::to_string(got.status) + " " + got.body;
    }
    return out;
}

void expect_same(answers const& before, answers const& after)
{
    for (auto const& [target, answer] : before)
        BOOST_TEST(after.at(target) == answer, target);
}

/// How many rows each table has and a checksum of them, over the columns that there are now.
class contents {
  public:
    explicit contents(std::string const& of) : conninfo_{of}
    {
        auto const list = cluster::value(
            of, "SELECT string_agg(format('SELECT %L AS name, count(*) AS rows, md5(string_agg(row(%s)::text, '''' "
                "ORDER BY row(%s)::text)) AS sum FROM %I', table_name, columns, columns, table_name), ' UNION ALL ') "
                "FROM (SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS "
                "columns FROM information_schema.columns WHERE table_schema = 'public' AND (table_name LIKE "
                "'aibridge\\_%' OR table_name IN ('users', 'api_keys', 'visible_users')) GROUP BY 1) AS t");
        question_ = "SELECT string_agg(name || ' ' || rows || ' ' || coalesce(sum, '-'), ', ' ORDER BY name) FROM (" +
                    list + ") AS all_of_them";
        before_ = now();
    }

    void expect_unchanged() const
    {
        BOOST_TEST(before_.find("users 6 ") != std::string::npos, before_);
        BOOST_TEST(now() == before_);
    }

  private:
    [[nodiscard]] std::string now() const { return cluster::value(conninfo_, question_); }

    std::string conninfo_, question_, before_;
};

finished bridgewatch(std::vector<std::string> arguments, std::string const& conninfo)
{
    arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
    arguments.insert(arguments.end(), {"--database-url", conninfo});
    auto done = run(arguments);
    BOOST_TEST((done.status == exit_status{}), done.output << done.errors);
    return done;
}

std::string filled(int version)
{
    auto conninfo = cluster::shared().create_database();
    make_earlier_schema(conninfo, version);
    database::add_callers(conninfo);
    if (version >= first_served) {
        database::add_interceptions(conninfo, 101, 160);
        cluster::execute(conninfo, variety);
    }
    return conninfo;
}

column_set const ages[] = {first_release, with_metadata, with_client, with_sessions, with_credentials};

/// By columns that each age has.
std::string filled(column_set const& age)
{
    auto conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, create_statements(age) + R"sql(
INSERT INTO users (id, username, email, status, rbac_roles, deleted)
SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'user' || n, 'u@example.com', 'active', '{owner}', false FROM generate_series(1, 6) AS n;
INSERT INTO api_keys (id, hashed_secret, user_id, expires_at)
VALUES ('keyowner00', sha256(repeat('s', 22)::bytea), '00000000-0000-4000-8000-000000000001', '2099-01-01Z');
)sql");
    cluster::execute(conninfo, R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at)
SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '00000000-0000-4000-8000-000000000003', 'openai',
       CASE n % 3 WHEN 0 THEN 'o3' ELSE 'gpt-5' END, timestamptz '2026-01-01Z' + make_interval(secs => n)
FROM generate_series(101, 160) AS n;
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, created_at)
SELECT md5('t' || id)::uuid, id, 'r', 1, 2, started_at FROM aibridge_interceptions;
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
SELECT md5('p' || id)::uuid, id, 'r', 'prompt ' || id, started_at FROM aibridge_interceptions;
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, created_at)
SELECT md5('c' || id)::uuid, id, 'r', 'bash', 'ls', false, started_at FROM aibridge_interceptions;
)sql");
    if (age.interceptions.find("ended_at") != std::string_view::npos)
        cluster::execute(conninfo, "UPDATE aibridge_interceptions SET ended_at = started_at WHERE model = 'gpt-5'");
    return conninfo;
}

} // namespace

BOOST_AUTO_TEST_SUITE(migrations_keep_answers)

BOOST_DATA_TEST_CASE(each_version_of_our_own_schema_is_brought_to_the_newest, bdata::xrange(first_served, newest() + 1),
                     version)
{
    auto const conninfo = filled(version);
    contents const rows{conninfo};
    served const old{conninfo};
    auto const before = answers_of(old);
    BOOST_TEST(before.at("/api/v2/aibridge/models") == R"(200 ["gpt-5"])");

    auto const said = bridgewatch({"migrate"}, conninfo);
    BOOST_TEST(said.output.find("the schema has version " + std::to_string(newest())) != std::string::npos);
    BOOST_TEST(said.output.ends_with("the tables for sessions and counts are ready\n"), said.output);
    rows.expect_unchanged();
    expect_same(before, answers_of(old)); // which was there all the time
    served const fresh{conninfo};
    expect_same(before, answers_of(fresh));
    bridgewatch({"verify"}, conninfo);
}

BOOST_DATA_TEST_CASE(versions_that_cannot_be_served_yet_keep_their_rows, bdata::xrange(1, first_served), version)
{
    auto const conninfo = filled(version);
    contents const rows{conninfo};
    served const early{conninfo, {"--threads", "1"}}; // finds its tables when they are there, each thread by itself
    BOOST_TEST(fetch(early.address(), "/readyz").status == 503);
    bridgewatch({"migrate"}, conninfo);
    rows.expect_unchanged();
    database::add_interceptions(conninfo, 101, 160);
    cluster::execute(conninfo, variety);
    auto const newly_made = filled(newest());
    served const other{newly_made};
    auto const expected = answers_of(other);
    auto const got = answers_of(early);
    for (auto const* target : {"/api/v2/aibridge/models", "/api/v2/aibridge/sessions?limit=200"})
        BOOST_TEST(got.at(target) == expected.at(target));
}

BOOST_DATA_TEST_CASE(each_age_of_upstreams_schema_is_accelerated, bdata::make(ages), age)
{
    auto const conninfo = filled(age);
    contents const rows{conninfo};
    served const old{conninfo};
    auto const before = answers_of(old);
    BOOST_TEST(before.at("/api/v2/aibridge/models").starts_with("200 [\"gpt-5\""));

    auto const said = bridgewatch({"migrate", "--schema=accelerate"}, conninfo);
    rows.expect_unchanged();
    expect_same(before, answers_of(old));
    served const fresh{conninfo};
    expect_same(before, answers_of(fresh));

    bridgewatch({"migrate", "--schema=accelerate", "--drop"}, conninfo);
    rows.expect_unchanged();
    expect_same(before, answers_of(fresh));
}

/// Another version's tables mean something else: nobody may read them, and migrate makes them ours.
BOOST_AUTO_TEST_CASE(tables_for_counts_of_another_version_are_not_read_and_are_made_anew)
{
    auto const conninfo = filled(newest());
    auto const before = answers_of(served{conninfo});
    bridgewatch({"migrate", "--schema=accelerate"}, conninfo);
    contents const rows{conninfo};
    served const running{conninfo};
    expect_same(before, answers_of(running));
    cluster::execute(conninfo, R"sql(
UPDATE bridgewatch_acceleration SET version = version - 1;
UPDATE bridgewatch_counts SET n = n * 2;
UPDATE bridgewatch_sessions SET latest_at = latest_at - interval '1 day';
CREATE OR REPLACE FUNCTION bridgewatch_fold(most bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
)sql");
    expect_same(before, answers_of(running));
    expect_same(before, answers_of(served{conninfo}));
    auto const said = bridgewatch({"migrate", "--schema=accelerate"}, conninfo);
    BOOST_TEST(said.output.ends_with("the tables for sessions and counts are ready\n"), said.output);
    bridgewatch({"verify"}, conninfo);
    rows.expect_unchanged();
    expect_same(before, answers_of(running));
}

/// The older program of a roll-back, or of the first half of an update: what it does not know it does not mind.
BOOST_AUTO_TEST_CASE(schema_of_a_later_version_is_served_as_before)
{
    auto const conninfo = filled(newest());
    bridgewatch({"migrate"}, conninfo);
    served const running{conninfo};
    auto const before = answers_of(running);
    cluster::execute(conninfo, "INSERT INTO bridgewatch_schema VALUES (999, 'from the future');"
                               "ALTER TABLE aibridge_interceptions ADD COLUMN of_next_year jsonb DEFAULT '{}';"
                               "ALTER TABLE aibridge_token_usages ADD COLUMN of_next_year text;"
                               "CREATE TABLE aibridge_next (id uuid PRIMARY KEY)");
    cluster::execute(conninfo, "ALTER TYPE api_key_scope ADD VALUE 'template:read'");
    cluster::execute(conninfo, "ALTER TYPE aibridge_interception_error_type ADD VALUE 'out_of_luck'");
    expect_same(before, answers_of(running));
    expect_same(before, answers_of(served{conninfo}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
