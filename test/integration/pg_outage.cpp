#include "test/integration/pg_loop.hpp"
#include "test/support/audit_log.hpp"

#include <string>

namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;

void terminate_others(std::string const& conninfo)
{
    terminate_sessions_at(conninfo, "true");
}

BOOST_AUTO_TEST_SUITE(pg_outage)

BOOST_AUTO_TEST_CASE(terminated_while_idle_the_next_request_works_without_knowing)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    BOOST_TEST(at.ask("SELECT 'before'") == "before");
    terminate_others(at.conninfo);
    // The loop has not turned since: the connection still counts as idle when it is asked for.
    BOOST_TEST(at.ask("SELECT 'after'") == "after");
}

BOOST_AUTO_TEST_CASE(terminated_while_idle_the_pool_reconnects_on_its_own)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    BOOST_TEST(at.ask("SELECT 'before'") == "before");
    terminate_others(at.conninfo);
    BOOST_TEST(at.until([&] { return at.pool->stats().connects == 2U; }, waits::short_limit));
    BOOST_TEST(at.count<pg::connection_closed>() == 1U);
    for (auto const& one : at.events) {
        if (auto const* closed = std::get_if<pg::connection_closed>(&one))
            BOOST_TEST(closed->why.sqlstate == pg::sqlstate::admin_shutdown);
    }
}

BOOST_AUTO_TEST_CASE(terminated_while_in_use_costs_that_request_only)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    {
        auto lease = at.borrow_or_fail();
        auto const work = at.start(lease.run({sql("SELECT pg_sleep(600)"), sql("SELECT 1")}, in(waits::limit)));
        BOOST_TEST_REQUIRE(at.until([&] { return active_statements(at.conninfo) == "1"; }));
        terminate_others(at.conninfo);
        auto const got = at.finish(work);
        BOOST_TEST_REQUIRE(failed_with(got, pg::errc::connection_lost));
        BOOST_TEST(got.error().diag.sqlstate == pg::sqlstate::admin_shutdown);
        BOOST_TEST(failed_with(at.run(lease, {sql("SELECT 1")}), pg::errc::protocol));
    }
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
}

BOOST_AUTO_TEST_CASE(a_stopped_database_is_known_at_once_and_its_return_without_a_request)
{
    cluster own;
    pg_loop at{own.create_database(), {.size = 2}};
    BOOST_TEST(at.ask("SELECT 'before'") == "before");
    own.stop(stop_mode::fast);

    BOOST_TEST(at.until([&] { return at.count<pg::connect_failed>() > 0U; }, waits::short_limit));
    BOOST_TEST(!at.pool->stats().reachable);
    auto const begin = std::chrono::steady_clock::now();
    auto const refused = at.borrow();
    BOOST_TEST_REQUIRE(failed_with(refused, pg::errc::database_down));
    BOOST_TEST(!refused.error().diag.message.empty());
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 500ms));

    // Long enough down that the pauses have grown to their longest.
    BOOST_TEST(at.until([&] { return at.count<pg::connect_failed>() > 6U; }));
    own.start();
    BOOST_TEST(at.until([&] { return at.pool->stats().idle == 1U; }, waits::short_limit));
    BOOST_TEST(at.count<pg::database_back>() == 1U);
    BOOST_TEST(at.ask("SELECT 'after'") == "after");
}

BOOST_AUTO_TEST_CASE(killed_in_mid_request_the_pool_comes_back_after_recovery)
{
    cluster own;
    pg_loop at{own.create_database(), {.size = 2}};
    {
        auto lease = at.borrow_or_fail();
        auto const work = at.start(lease.run({sql("SELECT pg_sleep(600)")}, in(waits::limit)));
        BOOST_TEST_REQUIRE(at.until([&] { return active_statements(at.conninfo) == "1"; }));
        own.stop(stop_mode::kill);
        BOOST_TEST(failed_with(at.finish(work), pg::errc::connection_lost));
    }
    own.start();
    BOOST_TEST(at.until([&] { return at.pool->stats().idle == 1U; }, waits::short_limit));
    BOOST_TEST(at.ask("SELECT 'after'") == "after");
}

BOOST_AUTO_TEST_CASE(a_pool_that_never_saw_its_database_finds_it)
{
    cluster own;
    auto const database = own.create_database();
    own.stop(stop_mode::fast);
    pg_loop at{database};
    at.pool->start();
    BOOST_TEST(failed_with(at.borrow(), pg::errc::database_down));
    own.start();
    BOOST_TEST(at.until([&] { return at.pool->stats().reachable; }, waits::short_limit));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
