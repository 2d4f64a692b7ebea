#include "test/unit/pg_pool_core.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <variant>

// A database that goes away: who is kept waiting for it, and who is refused?
namespace bridgewatch::pg {
namespace {

using namespace std::chrono_literals;
using enum core::condition;

constexpr auto with_patience = [] {
    auto limits = two_slots;
    limits.patience = 2s;
    return limits;
}();

/// Connected, with a queue that may be long and a target for its wait.
core with_a_queue()
{
    auto limits = with_patience;
    limits.patience = 5s;
    limits.queue_target = 100ms;
    limits.waiters = 100;
    core at{limits};
    static_cast<void>(at.start(t0));
    static_cast<void>(at.connected(0, t0));
    return at;
}

BOOST_AUTO_TEST_SUITE(pg_pool_core_outage)

BOOST_AUTO_TEST_CASE(a_database_that_has_just_gone_is_waited_for)
{
    core at{with_patience};
    static_cast<void>(at.start(t0));
    static_cast<void>(at.connected(0, t0));
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.returned(0, broken, t0));
    static_cast<void>(at.acquire(caller(2), t0));
    BOOST_TEST(same(at.connect_failed(0, t0, 0), {core::retry_after{50ms}}));
    BOOST_TEST(!at.down(t0 + 1s));
    BOOST_TEST(same(at.acquire(caller(3), t0 + 1s), {}));
    BOOST_TEST(same(at.retry_due(t0 + 1s), {core::connect{0}}));
    BOOST_TEST(same(at.connect_failed(0, t0 + 2s, 0),
                    {core::retry_after{100ms}, core::refuse{.who = 2, .why = errc::database_down},
                     core::refuse{.who = 3, .why = errc::database_down}}));
    BOOST_TEST(at.down(t0 + 2s));
    BOOST_TEST(same(at.acquire(caller(4), t0 + 2s), {core::refuse{.who = 4, .why = errc::database_down}}));
    static_cast<void>(at.retry_due(t0 + 3s));
    static_cast<void>(at.connected(0, t0 + 3s));
    static_cast<void>(at.acquire(caller(5), t0 + 3s));
    static_cast<void>(at.returned(0, broken, t0 + 4s));
    static_cast<void>(at.connect_failed(0, t0 + 4s, 0));
    BOOST_TEST(!at.down(t0 + 5s)); // each outage anew
}

BOOST_AUTO_TEST_CASE(a_database_that_was_never_there_is_not_waited_for)
{
    core at{with_patience};
    static_cast<void>(at.start(t0));
    static_cast<void>(at.connect_failed(0, t0, 0));
    BOOST_TEST(at.down(t0));
    BOOST_TEST(same(at.acquire(caller(1), t0), {core::refuse{.who = 1, .why = errc::database_down}}));
}

/// One that has no room for another connection is there.
BOOST_AUTO_TEST_CASE(an_outage_begins_when_no_connection_is_left)
{
    core at{with_patience};
    static_cast<void>(at.start(t0));
    static_cast<void>(at.connected(0, t0));
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0));
    static_cast<void>(at.connect_failed(1, t0, 0));
    static_cast<void>(at.returned(0, broken, t0 + 1h)); // and 2 waits
    static_cast<void>(at.retry_due(t0 + 1h));
    static_cast<void>(at.connect_failed(0, t0 + 1h, 0));
    BOOST_TEST(!at.down(t0 + 1h));
    BOOST_TEST(at.down(t0 + 1h + 2s));
}

BOOST_AUTO_TEST_CASE(all_that_come_in_an_outage_may_wait)
{
    core at = with_a_queue();
    core::waiter_id id = 1;
    for (auto now = t0; now < t0 + 20s; now += 1s) { // a slow pace
        static_cast<void>(at.acquire(caller(id++), now));
        static_cast<void>(at.returned(0, clean, now + 1s));
    }
    static_cast<void>(at.acquire(caller(id++), t0 + 30s));
    static_cast<void>(at.returned(0, broken, t0 + 30s));
    for (auto more = 0; more < 50; ++more) {
        auto const got = at.acquire(caller(id++), t0 + 31s);
        BOOST_TEST(
            std::ranges::none_of(got, [](auto const& one) { return std::holds_alternative<core::refuse>(one); }));
    }
}

BOOST_AUTO_TEST_CASE(an_outage_is_no_pace_of_the_queue)
{
    core at = with_a_queue();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.returned(0, broken, t0));
    static_cast<void>(at.acquire(caller(2), t0));
    static_cast<void>(at.connect_failed(0, t0, 0));
    static_cast<void>(at.acquire(caller(3), t0));
    static_cast<void>(at.retry_due(t0 + 2s));
    static_cast<void>(at.connected(0, t0 + 2s)); // lent to 2, who has waited for two seconds
    for (core::waiter_id id = 4; id < 40; ++id)
        BOOST_TEST((at.acquire(caller(id), t0 + 2s).empty()), id);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::pg
