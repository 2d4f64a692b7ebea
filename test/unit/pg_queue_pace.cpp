#include "db/pg/pool_core.hpp"
#include "db/pg/queue_pace.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace bridgewatch::pg {
namespace {

using namespace std::chrono_literals;
using enum pool_core::condition;

constexpr queue_pace::time_point t0{1h};

/// One connection, and a queue of a hundred at most that is to take 100 ms.
constexpr pool_core::limits one_slot{
    .size = 1, .waiters = 100, .backoff_min = 50ms, .backoff_max = 1s, .check_after = 1h, .queue_target = 100ms};

/// A pool whose connection is lent, and what its callers got.
class busy_pool {
  public:
    busy_pool()
    {
        static_cast<void>(core_.start(now_));
        static_cast<void>(core_.connected(0, now_));
        static_cast<void>(come());
    }

    /// @return whether it may wait.
    bool come(std::chrono::milliseconds patience = 1h, bool under_way = false)
    {
        pool_core::waiter const who{.id = ++last_, .deadline = now_ + patience, .under_way = under_way};
        auto const did = core_.acquire(who, now_);
        return did != pool_core::actions{pool_core::refuse{.who = who.id, .why = errc::pool_full}};
    }

    void come_until_refused()
    {
        while (come()) {
        }
    }

    /// Each holds the connection for so long.
    void serve(int count, std::chrono::milliseconds each)
    {
        for (int i = 0; i < count; ++i) {
            now_ += each;
            static_cast<void>(core_.returned(0, clean, now_));
        }
    }

    pool_core const& core() const { return core_; }

  private:
    pool_core core_{one_slot};
    pool_core::time_point now_ = t0;
    pool_core::waiter_id last_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pg_queue_pace)

BOOST_AUTO_TEST_CASE(nothing_is_known_at_first)
{
    queue_pace const pace;
    BOOST_TEST(pace.places_within(1ms) == std::numeric_limits<std::size_t>::max());
}

BOOST_AUTO_TEST_CASE(what_is_served_at_once_tells_nothing)
{
    queue_pace pace;
    pace.served(t0);
    pace.served(t0 + 1s);
    BOOST_TEST(pace.each().count() == 0);
}

BOOST_AUTO_TEST_CASE(time_in_which_nobody_waits_does_not_count)
{
    queue_pace pace;
    pace.somebody_waits(t0);
    pace.served(t0 + 10ms);
    pace.nobody_waits();
    pace.somebody_waits(t0 + 1h);
    pace.served(t0 + 1h + 10ms);
    BOOST_TEST(pace.each() / 1ms == 10, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(pace.places_within(100ms) == 10U);
}

BOOST_AUTO_TEST_CASE(pace_follows_a_change_within_a_few)
{
    queue_pace pace;
    auto now = t0;
    pace.somebody_waits(now);
    for (auto const each : {1ms, 50ms}) {
        for (int i = 0; i < 40; ++i)
            pace.served(now += each);
        BOOST_TEST(pace.each() / each == 1, boost::test_tools::tolerance(0.01));
    }
}

BOOST_AUTO_TEST_CASE(queue_is_as_long_as_is_served_within_the_target)
{
    busy_pool at;
    at.come_until_refused();
    BOOST_TEST(at.core().waiting() == 100U); // nothing is known: the bound that was given
    at.serve(60, 10ms);
    BOOST_TEST(at.core().waiting() == 40U);
    BOOST_TEST(at.core().crowded());
    BOOST_TEST(!at.come());
    at.serve(31, 10ms);
    BOOST_TEST(!at.core().crowded());
    at.come_until_refused();
    BOOST_TEST(at.core().waiting() == 10U);
}

BOOST_AUTO_TEST_CASE(a_few_may_wait_however_slow_it_is)
{
    busy_pool at;
    at.come_until_refused();
    at.serve(100, 5s);
    BOOST_TEST(at.core().waiting() == 0U);
    at.come_until_refused();
    BOOST_TEST(at.core().waiting() == 4U);
}

BOOST_AUTO_TEST_CASE(who_would_wait_in_vain_is_told_at_once)
{
    busy_pool at;
    at.come_until_refused();
    at.serve(97, 1s);
    BOOST_TEST(at.core().waiting() == 3U);
    BOOST_TEST(!at.come(2900ms));
    BOOST_TEST(at.come(3100ms));
}

BOOST_AUTO_TEST_CASE(work_that_has_begun_is_not_refused)
{
    busy_pool at;
    at.come_until_refused();
    BOOST_TEST(at.come(1h, true));
    BOOST_TEST(!at.come());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::pg
