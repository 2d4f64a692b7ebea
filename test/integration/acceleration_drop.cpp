#include "db/schema/accelerate.hpp"
#include "test/integration/accelerated_log.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <future>
#include <string>
#include <thread>

// What accelerates is made once for each version, and leaves nothing behind.
namespace bridgewatch::test {
namespace {

namespace bdata = boost::unit_test::data;

/// All that is in the database beside rows, one thing a line.
constexpr char const* catalogue = R"sql(
SELECT string_agg(line, E'\n' ORDER BY line) FROM (
    SELECT concat_ws(' ', 'relation', relnamespace::regnamespace, relname, relkind, relacl, reloptions, relhastriggers) AS line
        FROM pg_class WHERE relnamespace::regnamespace::text !~ '^pg_(toast|temp)'
    UNION ALL SELECT concat_ws(' ', 'function', oid::regprocedure, proacl) FROM pg_proc
    UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgname) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'type', typnamespace::regnamespace, typname) FROM pg_type
        WHERE typnamespace::regnamespace::text !~ '^pg_(toast|temp)'
    UNION ALL SELECT concat_ws(' ', 'extension', extname) FROM pg_extension
    UNION ALL SELECT concat_ws(' ', 'column', attrelid::regclass, attname, attacl) FROM pg_attribute
        WHERE attrelid::regclass::text LIKE 'aibridge%'
    UNION ALL SELECT concat_ws(' ', 'operator class', opcname) FROM pg_opclass
    UNION ALL SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
    UNION ALL SELECT concat_ws(' ', 'settings', setrole, setconfig) FROM pg_db_role_setting
) AS each)sql";

struct upstream_log {
    std::string conninfo = contract_database::create();
    pg::blocking_session session = open_session(conninfo);

    upstream_log()
    {
        contract_database::add_interceptions(conninfo, 1, 20);
        cluster::execute(conninfo, "GRANT SELECT ON aibridge_interceptions TO \"Bridge Reader\"");
    }

    [[nodiscard]] std::string things() const { return cluster::value(conninfo, catalogue); }

    void make()
    {
        BOOST_TEST_REQUIRE(schema::accelerate(session).has_value());
        accelerated_log::demand(schema::make_acceleration(session));
        accelerated_log::demand(schema::fill_acceleration(session));
    }

    void drop()
    {
        accelerated_log::demand(schema::drop_acceleration(session));
        auto const gone = schema::drop_search_indexes(session);
        BOOST_TEST_REQUIRE(gone.has_value(), (gone ? "" : gone.error()));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(acceleration_drop)

BOOST_DATA_TEST_CASE(nothing_is_left_behind, bdata::make({false, true}), had_trigrams)
{
    upstream_log log;
    if (had_trigrams)
        cluster::execute(log.conninfo, "CREATE EXTENSION pg_trgm");
    auto const before = log.things();
    BOOST_TEST_REQUIRE(before.find("relation public aibridge_interceptions") != std::string::npos);
    for (int round = 0; round < 2; ++round) { // it can be made again, and dropped where there is nothing
        log.make();
        BOOST_TEST((log.things() != before));
        log.drop();
        log.drop();
        // A table keeps the word that it has had triggers until it is vacuumed.
        cluster::execute(log.conninfo, "VACUUM aibridge_interceptions");
        cluster::execute(log.conninfo, "VACUUM aibridge_user_prompts");
        BOOST_TEST(log.things() == before);
    }
}

BOOST_FIXTURE_TEST_CASE(a_second_run_changes_nothing, upstream_log)
{
    make();
    auto const written = [this] {
        return cluster::value(conninfo, "SELECT concat(xmin, ctid, triggers) FROM bridgewatch_acceleration") +
               cluster::value(conninfo, "SELECT string_agg(concat(xmin, ctid), ' ') FROM bridgewatch_counts") +
               cluster::value(conninfo, "SELECT string_agg(concat(oid, xmin), ' ' ORDER BY oid) FROM pg_trigger");
    };
    auto const things_before = things(), rows_before = written();
    make();
    BOOST_TEST(things() == things_before);
    BOOST_TEST(written() == rows_before);
}

BOOST_FIXTURE_TEST_CASE(a_fill_that_was_not_finished_is_dropped_too, upstream_log)
{
    auto const before = things();
    accelerated_log::demand(schema::make_acceleration(session));
    cluster::execute(conninfo, "DROP TRIGGER bridgewatch_updated ON aibridge_interceptions");
    drop();
    cluster::execute(conninfo, "VACUUM aibridge_interceptions");
    cluster::execute(conninfo, "VACUUM aibridge_user_prompts");
    BOOST_TEST(things() == before);
    contract_database::add_interceptions(conninfo, 30, 40);
}

BOOST_FIXTURE_TEST_CASE(tables_of_an_older_version_are_made_anew, accelerated_server)
{
    execute("UPDATE bridgewatch_acceleration SET version = 1; ALTER TABLE bridgewatch_counts DROP COLUMN hash; DROP "
            "FUNCTION bridgewatch_forget_days; CREATE FUNCTION bridgewatch_of_old() RETURNS void LANGUAGE sql AS ''");
    BOOST_TEST(!is_used());
    expect_answers_of_the_log();
    execute(
        "DROP VIEW bridgewatch_journal_entries; DROP TABLE bridgewatch_journal_prompts, bridgewatch_journal_changes; "
        "ALTER TABLE bridgewatch_journal_ends RENAME TO bridgewatch_journal");
    expect_answers_of_the_log();
    auto const dry = schema::acceleration_dry_run(session);
    BOOST_TEST_REQUIRE(dry.has_value());
    BOOST_TEST(dry->find("DROP TABLE IF EXISTS public.bridgewatch_acceleration") < dry->find("CREATE TABLE public."));
    demand(schema::make_acceleration(session));
    BOOST_TEST(state() == schema::acceleration_state::filling);
    BOOST_TEST(
        value("SELECT to_regproc('bridgewatch_of_old') IS NULL AND to_regclass('bridgewatch_journal') IS NULL") == "t");
    change(100);
    expect_answers_of_the_log();
    fill();
    expect_right();
    expect_answers_of_the_log();
}

BOOST_FIXTURE_TEST_CASE(tables_of_a_later_version_are_left_alone, accelerated_server)
{
    execute("UPDATE bridgewatch_acceleration SET version = version + 1");
    BOOST_TEST(!is_used());
    expect_answers_of_the_log();
    BOOST_TEST(state() == schema::acceleration_state::disproved);
    auto const things = value("SELECT concat(version, state, xmin) FROM bridgewatch_acceleration");
    auto const made = schema::make_acceleration(session);
    BOOST_TEST_REQUIRE(made.has_error());
    BOOST_TEST(made.error().find("use a later program") != std::string::npos, made.error());
    BOOST_TEST(schema::acceleration_dry_run(session).has_error());
    BOOST_TEST(value("SELECT concat(version, state, xmin) FROM bridgewatch_acceleration") == things);
    demand(schema::drop_acceleration(session));
    repair();
    expect_right();
}

// A reader that comes while a drop waits for another reader: neither may end the other.
BOOST_FIXTURE_TEST_CASE(requests_go_on_while_a_drop_waits, accelerated_server)
{
    auto holder = open_session(conninfo);
    BOOST_TEST_REQUIRE(holder.script("BEGIN; SELECT FROM bridgewatch_acceleration").has_value());
    auto dropped = std::async(std::launch::async, [this] { return schema::drop_acceleration(session); });
    BOOST_TEST_REQUIRE(eventually(waits::limit, [this] {
        return value("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
                     "to_regclass('bridgewatch_acceleration') AND mode = 'AccessExclusiveLock'") == "1";
    }));
    auto answered = std::async(std::launch::async, [this] { expect_answers_of_the_log(); });
    std::this_thread::sleep_for(waits::nothing_happens);
    BOOST_TEST_REQUIRE(holder.script("COMMIT").has_value());
    answered.get();
    demand(dropped.get());
    expect_answers_of_the_log();
    BOOST_TEST(cluster::value(conninfo, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") ==
               "0");
}

BOOST_FIXTURE_TEST_CASE(whoever_does_not_own_the_log_changes_nothing, accelerated_log)
{
    cluster::grant_reading(conninfo);
    execute("GRANT UPDATE ON bridgewatch_acceleration TO \"Bridge Reader\"");
    auto reader = open_session(conninfo + std::string{cluster::as_reader});
    auto const dropped = schema::drop_acceleration(reader);
    BOOST_TEST_REQUIRE(dropped.has_error());
    BOOST_TEST(dropped.error() == "must be owner of table aibridge_interceptions");
    expect_right();
}

BOOST_FIXTURE_TEST_CASE(requests_go_on_when_it_is_dropped, accelerated_server)
{
    expect_answers_of_the_log();
    demand(schema::drop_acceleration(session));
    for (int n = 0; n < 20; ++n) // of several connections, which had seen it there
        expect_answers_of_the_log();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
