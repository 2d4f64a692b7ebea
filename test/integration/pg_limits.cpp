#include "test/integration/pg_loop.hpp"

#include <boost/asio/post.hpp>

#include <future>
#include <memory>
#include <string>

namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;

/// Long past every limit of ours.
constexpr auto sleeper = "SELECT 'slept' FROM pg_sleep(600)";

BOOST_AUTO_TEST_SUITE(pg_limits)

BOOST_AUTO_TEST_CASE(the_servers_own_limit_is_a_statement_timeout)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    {
        auto lease = at.borrow_or_fail();
        auto const got = at.run(lease, {sql("BEGIN"), sql("SET LOCAL statement_timeout = 50"), sql_and_sync(sleeper),
                                        sql_and_sync("COMMIT")});
        BOOST_TEST_REQUIRE(got.has_value());
        BOOST_TEST_REQUIRE(failed_with((*got)[2], pg::errc::statement_timeout));
        BOOST_TEST((*got)[2].error().diag.sqlstate == "57014");
    }
    BOOST_TEST(at.pool->stats().idle == 1U);
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
    BOOST_TEST(at.pool->stats().connects == 1U);
}

BOOST_AUTO_TEST_CASE(a_deadline_cancels_on_the_server_and_the_connection_comes_back)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    {
        auto lease = at.borrow_or_fail();
        auto const begin = std::chrono::steady_clock::now();
        auto const got = at.run(lease, {sql("BEGIN"), sql_and_sync(sleeper), sql_and_sync("COMMIT")}, 1s);
        BOOST_TEST(failed_with(got, pg::errc::deadline));
        BOOST_TEST((std::chrono::steady_clock::now() - begin < waits::short_limit));
        BOOST_TEST(active_statements(at.conninfo) == "1");
    }
    BOOST_TEST(at.until([&] { return at.pool->stats().idle == 1U; }, waits::short_limit));
    BOOST_TEST(active_statements(at.conninfo) == "0");
    BOOST_TEST(at.count<pg::cancel_sent>() == 1U);
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
    BOOST_TEST(at.pool->stats().connects == 1U);
}

BOOST_AUTO_TEST_CASE(a_caller_who_goes_away_takes_the_statement_along)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    {
        auto lease = at.borrow_or_fail();
        auto const work = at.start(lease.run({sql(sleeper)}, in(waits::limit)));
        BOOST_TEST_REQUIRE(at.until([&] { return active_statements(at.conninfo) == "1"; }));
        work->stop.emit(asio::cancellation_type::terminal);
        BOOST_TEST(failed_with(at.finish(work), pg::errc::cancelled));
    }
    BOOST_TEST(at.until([&] { return active_statements(at.conninfo) == "0"; }, 1s));
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
    BOOST_TEST(at.pool->stats().connects == 1U);
}

BOOST_AUTO_TEST_CASE(a_late_cancel_never_hits_the_next_statement)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    std::promise<void> gate;
    asio::post(at.helpers.cancelling(), [open = gate.get_future().share()] { open.wait(); });
    {
        auto lease = at.borrow_or_fail();
        BOOST_TEST(failed_with(at.run(lease, {sql("SELECT pg_sleep(0.05)")}, 10ms), pg::errc::deadline));
    }
    // The statement ends on its own while its cancel is held up.
    BOOST_TEST(at.until([&] { return active_statements(at.conninfo) == "0"; }));
    BOOST_TEST(!at.until([&] { return at.pool->stats().idle == 1U; }, waits::nothing_happens));
    gate.set_value();
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
    BOOST_TEST(at.count<pg::cancel_sent>() == 1U);
    BOOST_TEST(at.pool->stats().connects == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_once_the_deadline_has_passed)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    {
        auto lease = at.borrow_or_fail();
        BOOST_TEST(failed_with(at.run(lease, {sql("SELECT 1")}, -1ms), pg::errc::deadline));
    }
    BOOST_TEST(at.pool->stats().idle == 1U);
}

BOOST_AUTO_TEST_CASE(an_open_transaction_is_rolled_back_before_the_next_caller)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    cluster::execute(at.conninfo, "CREATE TABLE t (n int)");
    {
        auto lease = at.borrow_or_fail();
        BOOST_TEST(at.run(lease, {sql("BEGIN"), sql("INSERT INTO t VALUES (1)")}).has_value());
    }
    BOOST_TEST(at.ask("SELECT count(*)::text FROM t") == "0");
    BOOST_TEST(at.pool->stats().connects == 1U);
    BOOST_TEST(at.count<pg::cancel_sent>() == 0U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drained_in_time_is_closed)
{
    pg_loop at{pg::pool_settings{.size = 1, .drain_limit = 0ms}};
    {
        auto lease = at.borrow_or_fail();
        BOOST_TEST(failed_with(at.run(lease, {sql(sleeper)}, 20ms), pg::errc::deadline));
    }
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
    BOOST_TEST(at.pool->stats().connects == 2U);
    BOOST_TEST(at.until([&] { return active_statements(at.conninfo) == "0"; }, waits::short_limit));
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_stuck_in_sending_is_given_up_too)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    std::string const big(8'000'000, 'x');
    {
        auto lease = at.borrow_or_fail();
        auto const got =
            at.run(lease, {sql(sleeper), sql("SELECT $1::text", {{.of = pg::type::text, .value = big}})}, 100ms);
        BOOST_TEST(failed_with(got, pg::errc::deadline));
    }
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
    BOOST_TEST(at.pool->stats().connects == 1U);
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_in_mid_statement_takes_all_with_it)
{
    auto at = std::make_unique<pg_loop>(pg::pool_settings{.size = 1});
    auto const conninfo = at->conninfo;
    auto const visit = [](pg_loop& loop) -> asio::awaitable<bool> {
        auto lease = co_await loop.pool->acquire(in(waits::limit));
        if (!lease)
            co_return false;
        auto const got = co_await lease->run({sql(sleeper)}, in(waits::limit));
        co_return got.has_value();
    };
    auto const stuck = at->start(visit(*at));
    auto const waiting = at->start(visit(*at));
    BOOST_TEST_REQUIRE(
        at->until([&] { return active_statements(conninfo) == "1" && at->pool->stats().waiting == 1U; }));
    at.reset();
    BOOST_TEST(!stuck->ended);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
