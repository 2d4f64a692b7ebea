#include "test/integration/pg_loop.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <vector>

namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pg_pool)

BOOST_AUTO_TEST_CASE(the_first_connection_is_there_before_the_first_caller)
{
    pg_loop at;
    at.pool->start();
    BOOST_TEST(at.until([&] { return at.pool->stats().idle == 1U; }));
    BOOST_TEST(at.pool->stats().reachable);
}

BOOST_AUTO_TEST_CASE(an_exhausted_pool_makes_its_callers_wait_and_then_says_so)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    auto const held = at.borrow_or_fail();
    auto const begin = std::chrono::steady_clock::now();
    BOOST_TEST(failed_with(at.borrow(100ms), pg::errc::pool_timeout));
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= 100ms));
    BOOST_TEST(at.pool->stats().waiting == 0U);
}

BOOST_AUTO_TEST_CASE(callers_are_served_in_order)
{
    pg_loop at{pg::pool_settings{.size = 1, .queue_target = waits::long_limit}}; // however slow the first connect was
    std::vector<int> order;
    auto const visit = [](pg_loop& loop, std::vector<int>& seen, int number) -> asio::awaitable<bool> {
        auto lease = co_await loop.pool->acquire(in(waits::limit));
        if (!lease)
            co_return false;
        auto const got = co_await lease->run({sql("SELECT 1")}, in(waits::limit));
        seen.push_back(number);
        co_return got.has_value();
    };
    std::vector<std::shared_ptr<running<bool>>> visits;
    {
        auto const held = at.borrow_or_fail();
        for (int number = 0; number < 20; ++number)
            visits.push_back(at.start(visit(at, order, number)));
        BOOST_TEST(at.until([&] { return at.pool->stats().waiting == 20U; }));
    }
    for (auto const& one : visits)
        BOOST_TEST(at.finish(one));
    BOOST_TEST(std::ranges::is_sorted(order));
    BOOST_TEST(at.pool->stats().connects == 1U);
}

BOOST_AUTO_TEST_CASE(more_waiters_than_allowed_are_turned_away)
{
    pg_loop at{pg::pool_settings{.size = 1, .waiters = 1}};
    auto const held = at.borrow_or_fail();
    auto const waiting = at.start(at.pool->acquire(in(waits::limit)));
    BOOST_TEST(at.until([&] { return at.pool->stats().waiting == 1U; }));
    BOOST_TEST(failed_with(at.borrow(), pg::errc::pool_full));
    waiting->stop.emit(asio::cancellation_type::terminal);
    BOOST_TEST(failed_with(at.finish(waiting), pg::errc::cancelled));
    BOOST_TEST(at.pool->stats().waiting == 0U);
}

BOOST_AUTO_TEST_CASE(a_burst_opens_no_more_than_the_size)
{
    pg_loop at{pg::pool_settings{.size = 4}};
    auto const visit = [](pg_loop& loop) -> asio::awaitable<bool> {
        auto lease = co_await loop.pool->acquire(in(waits::limit));
        if (!lease)
            co_return false;
        auto const got = co_await lease->run({sql("SELECT pg_sleep(0.01)")}, in(waits::limit));
        co_return got.has_value();
    };
    constexpr int callers = 40;
    std::vector<std::shared_ptr<running<bool>>> visits;
    visits.reserve(callers);
    for (int i = 0; i < callers; ++i)
        visits.push_back(at.start(visit(at)));
    for (auto const& one : visits)
        BOOST_TEST(at.finish(one));
    BOOST_TEST(at.pool->stats().connects == 4U);
}

BOOST_AUTO_TEST_CASE(one_idle_for_long_is_asked_before_it_is_lent)
{
    pg_loop at{pg::pool_settings{.size = 1, .check_after = 0ms}};
    BOOST_TEST(at.ask("SELECT 'first'") == "first");
    BOOST_TEST(at.ask("SELECT 'second'") == "second");
    BOOST_TEST(at.pool->stats().connects == 1U);
}

BOOST_AUTO_TEST_CASE(closing_ends_waiters_and_waits_for_the_last_lease)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    auto held = std::make_optional(at.borrow_or_fail());
    auto const waiting = at.start(at.pool->acquire(in(waits::limit)));
    BOOST_TEST(at.until([&] { return at.pool->stats().waiting == 1U; }));
    auto const close = [](pg_loop& loop) -> asio::awaitable<bool> {
        co_await loop.pool->close(in(waits::limit));
        co_return true;
    };
    auto const closing = at.start(close(at));
    BOOST_TEST(failed_with(at.finish(waiting), pg::errc::pool_closed));
    BOOST_TEST(failed_with(at.borrow(), pg::errc::pool_closed));
    BOOST_TEST(!closing->ended);
    held.reset();
    BOOST_TEST(at.finish(closing));
    BOOST_TEST(at.pool->stats().open == 0U);
    at.loop.restart();
    BOOST_TEST(at.until([&] { return at.loop.poll() == 0U; })); // nothing is left to wait for
}

BOOST_AUTO_TEST_CASE(closing_gives_up_at_its_deadline_and_the_last_lease_is_still_safe)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    auto held = std::make_optional(at.borrow_or_fail());
    BOOST_TEST(failed_with(at.run(*held, {sql("SELECT pg_sleep(600)")}, 20ms), pg::errc::deadline));
    auto const close = [](pg_loop& loop) -> asio::awaitable<bool> {
        co_await loop.pool->close(in(50ms));
        co_return true;
    };
    BOOST_TEST(at.wait(close(at)));
    held.reset();
    BOOST_TEST(at.pool->stats().open == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
