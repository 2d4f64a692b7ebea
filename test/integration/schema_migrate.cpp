#include "db/schema/migrate.hpp"
#include "test/support/cluster.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/session.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>

namespace {

using namespace bridgewatch;
using test::cluster;
using test::eventually;

int newest()
{
    return schema::migrations().back().number;
}

/// Everything in the catalogue that a migration could have made.
std::string catalogue(std::string const& conninfo)
{
    return cluster::value(conninfo, "SELECT string_agg(kind || ' ' || name, ', ' ORDER BY kind, name) FROM ("
                                    "SELECT relkind::text, relname FROM pg_class WHERE relnamespace = "
                                    "'public'::regnamespace UNION ALL SELECT 'type', typname FROM pg_type WHERE "
                                    "typnamespace = 'public'::regnamespace) AS made(kind, name)");
}

struct empty_database {
    std::string conninfo = cluster::shared().create_database();
    pg::blocking_session session = test::open_session(conninfo);
};

} // namespace

BOOST_AUTO_TEST_SUITE(schema_migrate)

BOOST_AUTO_TEST_CASE(numbers_ascend_from_one_without_gaps)
{
    int expected = 0;
    for (auto const& step : schema::migrations()) {
        BOOST_TEST(step.number == ++expected);
        BOOST_TEST(!step.name.empty());
        BOOST_TEST(!step.sql.empty());
    }
    BOOST_TEST(expected > 0);
}

BOOST_FIXTURE_TEST_CASE(a_second_run_finds_nothing_to_do, empty_database)
{
    auto const first = schema::migrate(session);
    BOOST_TEST_REQUIRE(first.has_value(), first.error());
    BOOST_TEST(first->from == 0);
    BOOST_TEST(first->to == newest());
    BOOST_TEST(first->applied.size() == schema::migrations().size());
    auto const made = catalogue(conninfo);

    auto const second = schema::migrate(session);
    BOOST_TEST_REQUIRE(second.has_value(), second.error());
    BOOST_TEST(second->from == newest());
    BOOST_TEST(second->to == newest());
    BOOST_TEST(second->applied.empty());
    BOOST_TEST(catalogue(conninfo) == made);
}

BOOST_FIXTURE_TEST_CASE(a_dry_run_prints_what_migrate_runs_and_changes_nothing, empty_database)
{
    auto const before = catalogue(conninfo);
    auto const script = schema::dry_run(session);
    BOOST_TEST_REQUIRE(script.has_value(), script.error());
    BOOST_TEST(catalogue(conninfo) == before);

    auto const by_hand = cluster::shared().create_database();
    cluster::execute(by_hand, *script);
    BOOST_TEST_REQUIRE(schema::migrate(session).has_value());
    BOOST_TEST(catalogue(by_hand) == catalogue(conninfo));
    auto other = test::open_session(by_hand);
    auto const again = schema::migrate(other);
    BOOST_TEST_REQUIRE(again.has_value(), again.error());
    BOOST_TEST(again->from == newest());
}

BOOST_FIXTURE_TEST_CASE(a_dry_run_of_a_finished_schema_says_so, empty_database)
{
    BOOST_TEST_REQUIRE(schema::migrate(session).has_value());
    auto const script = schema::dry_run(session);
    BOOST_TEST_REQUIRE(script.has_value(), script.error());
    BOOST_TEST(*script == "-- Nothing to do: the schema has version " + std::to_string(newest()) + ".\n");
}

BOOST_FIXTURE_TEST_CASE(an_older_schema_is_brought_up_to_date, empty_database)
{
    auto const all = schema::dry_run(session);
    BOOST_TEST_REQUIRE(all.has_value(), all.error());
    session.script(all->substr(0, all->find("COMMIT;") + std::string_view{"COMMIT;"}.size())).value();
    auto const done = schema::migrate(session);
    BOOST_TEST_REQUIRE(done.has_value(), done.error());
    BOOST_TEST(done->from == 1);
    BOOST_TEST(done->to == newest());
}

BOOST_FIXTURE_TEST_CASE(a_newer_schema_is_refused, empty_database)
{
    BOOST_TEST_REQUIRE(schema::migrate(session).has_value());
    cluster::execute(conninfo, "INSERT INTO bridgewatch_schema VALUES (999, 'from the future')");
    auto const wanted = "the schema of this database has version 999, and this bridgewatch knows versions up to " +
                        std::to_string(newest()) + ": use a newer one";
    auto const refused = schema::migrate(session);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error() == wanted);
    auto const dry = schema::dry_run(session);
    BOOST_TEST_REQUIRE(dry.has_error());
    BOOST_TEST(dry.error() == wanted);
}

BOOST_FIXTURE_TEST_CASE(a_database_that_upstream_owns_is_left_alone, empty_database)
{
    cluster::execute(conninfo, test::create_statements(test::first_release));
    auto const before = catalogue(conninfo);
    auto const refused = schema::migrate(session);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error() ==
               "this database has tables that bridgewatch did not make (aibridge_interceptions, aibridge_token_usages, "
               "aibridge_tool_usages, aibridge_user_prompts, api_keys, users, visible_users): it is served as it is; "
               "migrate is for a database of its own");
    BOOST_TEST(catalogue(conninfo) == before);
}

BOOST_FIXTURE_TEST_CASE(a_migration_that_fails_leaves_nothing_behind, empty_database)
{
    // The last thing that the first file makes is in its way.
    cluster::execute(conninfo, "CREATE TYPE api_keys AS ENUM ('in the way')");
    auto const before = catalogue(conninfo);
    auto const failed = schema::migrate(session);
    BOOST_TEST_REQUIRE(failed.has_error());
    BOOST_TEST(failed.error().starts_with("migration 1 (identities): "));
    BOOST_TEST(failed.error().find('\n') == std::string::npos);
    BOOST_TEST(catalogue(conninfo) == before);

    cluster::execute(conninfo, "DROP TYPE api_keys");
    auto const done = schema::migrate(session);
    BOOST_TEST(done.has_value(), done.error());
}

BOOST_FIXTURE_TEST_CASE(a_second_migrator_waits_for_the_first, empty_database)
{
    // A transaction of ours keeps the first migrator waiting inside of the lock until the second one waits for it.
    auto blocker = test::open_session(conninfo);
    blocker.script("BEGIN; CREATE TABLE bridgewatch_schema (version integer PRIMARY KEY)").value();
    int applied[2] = {-1, -1};
    auto const migrator = [this](int& out) {
        return std::thread{[this, &out] {
            auto own = test::open_session(conninfo);
            if (auto const done = schema::migrate(own))
                out = static_cast<int>(done->applied.size());
        }};
    };
    auto first = migrator(applied[0]), second = migrator(applied[1]);
    bool const one_waits = eventually(test::waits::limit, [this] {
        return cluster::value(conninfo, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                                        "state = 'idle' AND query LIKE 'SELECT pg\\_try\\_advisory\\_lock%'") == "1";
    });
    blocker.script("ROLLBACK").value();
    first.join();
    second.join();
    BOOST_TEST(one_waits);
    auto const all = static_cast<int>(schema::migrations().size());
    BOOST_TEST(applied[0] + applied[1] == all);
    BOOST_TEST((applied[0] == 0 || applied[1] == 0));
}

BOOST_AUTO_TEST_SUITE_END()
