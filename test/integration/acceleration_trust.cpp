#include "db/schema/probe.hpp"
#include "test/integration/accelerated_log.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <fmt/format.h>

// Triggers run with their owner's rights in the sessions of others, who may read of the tables what they may read of
// the log; and a count must not take its page along.
namespace bridgewatch::test {
namespace {

namespace bdata = boost::unit_test::data;

/// Operators and functions that a writer may have made, under the names that the triggers use.
constexpr std::string_view traps =
    "CREATE SCHEMA trap;"
    "CREATE FUNCTION trap.random() RETURNS float8 LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; END$$;"
    "CREATE FUNCTION trap.to_jsonb(anyelement) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; END$$;"
    "CREATE DOMAIN trap.bool AS text; CREATE DOMAIN trap.jsonb AS text; CREATE DOMAIN trap._text AS text;"
    "CREATE DOMAIN trap.float8 AS text;"
    "CREATE FUNCTION trap.sprung(text, text) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; END$$;"
    "CREATE FUNCTION trap.sprung(uuid, uuid) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; END$$;"
    "CREATE FUNCTION trap.sprung(timestamptz, timestamptz) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; "
    "END$$;"
    "CREATE FUNCTION trap.sprung(float8, float8) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; END$$;"
    "CREATE FUNCTION trap.sprung(jsonb, jsonb) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; END$$;"
    "CREATE FUNCTION trap.less(jsonb, text[]) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; END$$;"
    "CREATE FUNCTION trap.part(jsonb, text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'a trap'; END$$;"
    "CREATE OPERATOR trap.= (FUNCTION = trap.sprung, LEFTARG = text, RIGHTARG = text);"
    "CREATE OPERATOR trap.<> (FUNCTION = trap.sprung, LEFTARG = text, RIGHTARG = text);"
    "CREATE OPERATOR trap.<> (FUNCTION = trap.sprung, LEFTARG = uuid, RIGHTARG = uuid);"
    "CREATE OPERATOR trap.<> (FUNCTION = trap.sprung, LEFTARG = timestamptz, RIGHTARG = timestamptz);"
    "CREATE OPERATOR trap.< (FUNCTION = trap.sprung, LEFTARG = float8, RIGHTARG = float8);"
    "CREATE OPERATOR trap.= (FUNCTION = trap.sprung, LEFTARG = jsonb, RIGHTARG = jsonb);"
    "CREATE OPERATOR trap.- (FUNCTION = trap.less, LEFTARG = jsonb, RIGHTARG = text[]);"
    "CREATE OPERATOR trap.->> (FUNCTION = trap.part, LEFTARG = jsonb, RIGHTARG = text)";

/// One of each that triggers tell of, without a word that could spring a trap itself. {0} and {1} are ids of the log.
constexpr std::string_view changes =
    "INSERT INTO public.aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) SELECT "
    "pg_catalog.gen_random_uuid(), '00000000-0000-4000-8000-000000000003', 'openai', 'o3', '2026-01-02Z', "
    "pg_catalog.now() FROM pg_catalog.generate_series(1, 1000);"
    "INSERT INTO public.aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at) VALUES "
    "(pg_catalog.gen_random_uuid(), '{0}', 'r', 'late', '2026-02-01Z');"
    "UPDATE public.aibridge_user_prompts SET created_at = '2026-03-01Z' WHERE interception_id OPERATOR(pg_catalog.=) "
    "'{0}';"
    "DELETE FROM public.aibridge_user_prompts WHERE interception_id OPERATOR(pg_catalog.=) '{1}';"
    "UPDATE public.aibridge_interceptions SET model = 'o3' WHERE id OPERATOR(pg_catalog.=) '{0}';"
    "DELETE FROM public.aibridge_interceptions WHERE id OPERATOR(pg_catalog.=) '{1}'";

} // namespace

BOOST_AUTO_TEST_SUITE(acceleration_trust)

BOOST_FIXTURE_TEST_CASE(names_that_a_writer_has_made_are_not_run, accelerated_log)
{
    execute(std::string{traps});
    auto writer = open_session(conninfo);
    BOOST_TEST_REQUIRE(writer.script("SET search_path = trap, pg_catalog, public").has_value());
    BOOST_TEST(!writer.query("SELECT 'a'::text = 'a'::text").has_value()); // the traps are set
    auto const written = writer.script(fmt::format(changes, contract_database::id(4), contract_database::id(5)));
    BOOST_TEST(written.has_value(), (written ? "" : written.error().diag.message));
    expect_right();
}

// Rows are written while their count is awaited. Wider than what is read at once, they are read anew behind it, on the
// same connection.
BOOST_DATA_TEST_CASE(a_count_that_takes_too_long_leaves_its_page_whole, bdata::make({30, 300000}), width)
{
    accelerated_log log;
    log.execute("UPDATE aibridge_tool_usages SET input = repeat('x', " + std::to_string(width) + ")");
    served const server{log.conninfo, {"--statement-timeout", "2s"}};
    BOOST_TEST_REQUIRE(server.ready());
    http_client client{server.address()};
    auto const page = [&client] {
        return client.get("/api/v2/aibridge/interceptions?limit=5&count=exact", contract_server::as("keyowner00"));
    };
    auto const counted = page();
    BOOST_TEST_REQUIRE(counted.status == 200, counted.status << " " << counted.body << server.log());
    BOOST_TEST(counted.json().at("count").as_int64() > 0);

    auto holder = open_session(log.conninfo);
    BOOST_TEST_REQUIRE(holder.script("BEGIN; LOCK TABLE bridgewatch_counts").has_value());
    auto const uncounted = page();
    BOOST_TEST_REQUIRE(uncounted.status == 200, uncounted.status << " " << uncounted.body << server.log());
    BOOST_TEST(uncounted.json().at("count").as_int64() == -1);
    BOOST_TEST((uncounted.json().at("results") == counted.json().at("results")));
    BOOST_TEST_REQUIRE(holder.script("ROLLBACK").has_value());
    BOOST_TEST(page().body == counted.body);
}

BOOST_FIXTURE_TEST_CASE(a_role_that_may_not_read_it_does_without, accelerated_log)
{
    auto const probed = [this] {
        auto reader = open_session(conninfo + std::string{cluster::as_reader});
        auto const shape = schema::probe(reader);
        BOOST_TEST_REQUIRE(shape.has_value());
        return shape->acceleration;
    };
    cluster::grant_reading(conninfo);
    BOOST_TEST(probed());
    execute("REVOKE SELECT ON bridgewatch_journal_entries FROM \"Bridge Reader\"");
    BOOST_TEST(!probed());
}

BOOST_AUTO_TEST_CASE(whoever_may_read_the_log_may_read_what_is_made_of_it)
{
    accelerated_log log{false};
    accelerated_log::demand(schema::drop_acceleration(log.session));
    log.execute(
        "DO $$ BEGIN CREATE ROLE \"Reads columns\"; CREATE ROLE \"Reads little\"; CREATE ROLE \"Reads nothing\"; "
        "EXCEPTION WHEN "
        "duplicate_object THEN NULL; END $$; GRANT SELECT ON aibridge_interceptions TO \"Bridge Reader\"; GRANT "
        "SELECT (id, session_id, initiator_id, started_at, ended_at, provider, provider_name, model, client) ON "
        "aibridge_interceptions TO \"Reads columns\"; GRANT SELECT (id, model) ON aibridge_interceptions TO \"Reads "
        "little\"; "
        "GRANT INSERT ON aibridge_interceptions TO "
        "\"Reads nothing\"");
    log.repair();
    for (std::string_view const table : {"bridgewatch_acceleration", "bridgewatch_journal_entries",
                                         "bridgewatch_sessions", "bridgewatch_session_counts", "bridgewatch_counts"})
        BOOST_TEST(log.value(fmt::format(
                       "SELECT string_agg(has_table_privilege(r, '{0}', 'SELECT')::text || "
                       "has_table_privilege(r, '{0}', 'INSERT,UPDATE,DELETE,TRUNCATE')::text, ' ') "
                       "FROM unnest('{{Bridge Reader,Reads columns,Reads little,Reads nothing}}'::text[]) AS r",
                       table)) == "truefalse truefalse falsefalse falsefalse",
                   table);
    // Who may read does not fold: the tables are right only where that happens under the lock.
    BOOST_TEST(log.value("SELECT has_function_privilege('Bridge Reader', 'bridgewatch_fold(bigint)', 'EXECUTE')") ==
               "f");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
