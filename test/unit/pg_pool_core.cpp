#include "test/unit/pg_pool_core.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <vector>

namespace bridgewatch::pg {
namespace {

using namespace std::chrono_literals;
using enum core::slot_state;
using enum core::condition;

/// A pool of two with slot 0 idle since `t0`.
core one_idle()
{
    core out{two_slots};
    static_cast<void>(out.start(t0));
    static_cast<void>(out.connected(0, t0));
    return out;
}

BOOST_AUTO_TEST_SUITE(pg_pool_core)

BOOST_AUTO_TEST_CASE(one_connection_is_made_before_anyone_asks)
{
    core at{two_slots};
    BOOST_TEST(same(at.start(t0), {core::connect{0}}));
    BOOST_TEST(same(at.connected(0, t0), {}));
    BOOST_TEST((at.state(0) == idle));
    BOOST_TEST(same(at.acquire(caller(1), t0), {core::lend{.to = caller(1), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(the_first_connect_stands_for_all_and_the_rest_follow_it)
{
    core at{two_slots};
    BOOST_TEST(same(at.acquire(caller(1), t0), {core::connect{0}}));
    BOOST_TEST(same(at.acquire(caller(2), t0), {}));
    BOOST_TEST(same(at.connected(0, t0), {core::lend{.to = caller(1), .slot = 0}, core::connect{1}}));
    BOOST_TEST(same(at.connected(1, t0), {core::lend{.to = caller(2), .slot = 1}}));
}

BOOST_AUTO_TEST_CASE(waiters_are_served_in_order_of_arrival)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0));
    static_cast<void>(at.connected(1, t0));
    BOOST_TEST(same(at.acquire(caller(3), t0), {}));
    BOOST_TEST(same(at.acquire(caller(4), t0), {}));
    BOOST_TEST(same(at.returned(1, clean, t0), {core::lend{.to = caller(3), .slot = 1}}));
    BOOST_TEST(same(at.returned(0, clean, t0), {core::lend{.to = caller(4), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(the_bound_on_waiters_is_exact)
{
    auto at = one_idle();
    for (core::waiter_id id = 1; id <= 4; ++id)
        static_cast<void>(at.acquire(caller(id), t0)); // one is served, three wait
    BOOST_TEST(at.waiting() == 3U);
    BOOST_TEST(same(at.acquire(caller(5), t0), {core::refuse{.who = 5, .why = errc::pool_full}}));
    BOOST_TEST(at.waiting() == 3U);
}

BOOST_AUTO_TEST_CASE(a_waiter_without_time_gets_no_connection)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2, t0 + 1s), t0));
    static_cast<void>(at.acquire(caller(3), t0));
    BOOST_TEST(same(at.returned(0, clean, t0 + 1s),
                    {core::refuse{.who = 2, .why = errc::pool_timeout}, core::lend{.to = caller(3), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(one_who_leaves_is_not_served)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0));
    BOOST_TEST((at.leave(2) == errc::pool_timeout));
    BOOST_TEST(same(at.returned(0, clean, t0), {}));
    BOOST_TEST((at.state(0) == idle));
}

BOOST_AUTO_TEST_CASE(the_one_used_last_is_lent_first)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0));
    static_cast<void>(at.connected(1, t0));
    static_cast<void>(at.returned(1, clean, t0 + 1s));
    static_cast<void>(at.returned(0, clean, t0 + 2s));
    BOOST_TEST(same(at.acquire(caller(3), t0 + 3s), {core::lend{.to = caller(3), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(a_failed_connect_refuses_those_who_wait_and_those_who_come)
{
    core at{two_slots};
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0));
    BOOST_TEST(
        same(at.connect_failed(0, t0, 0), {core::retry_after{50ms}, core::refuse{.who = 1, .why = errc::database_down},
                                           core::refuse{.who = 2, .why = errc::database_down}}));
    BOOST_TEST(at.down(t0));
    BOOST_TEST(same(at.acquire(caller(3), t0), {core::refuse{.who = 3, .why = errc::database_down}}));
    BOOST_TEST(same(at.retry_due(t0), {core::connect{0}}));
    BOOST_TEST(same(at.acquire(caller(4), t0), {}));  // there is an attempt to wait for
    BOOST_TEST((at.leave(4) == errc::database_down)); // and if it takes too long, this is the reason
}

BOOST_AUTO_TEST_CASE(pauses_grow_until_a_connect_works)
{
    core at{two_slots};
    static_cast<void>(at.start(t0));
    for (auto const pause : {50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        BOOST_TEST(same(at.connect_failed(0, t0, 0), {core::retry_after{pause}}));
        BOOST_TEST(same(at.retry_due(t0), {core::connect{0}}));
    }
    static_cast<void>(at.connected(0, t0));
    static_cast<void>(at.idle_lost(0, t0 + 1h, 0));
    BOOST_TEST(same(at.connect_failed(0, t0, 0), {core::retry_after{50ms}}));
}

BOOST_AUTO_TEST_CASE(a_failed_connect_beside_open_ones_lets_callers_wait_for_those)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    BOOST_TEST(same(at.acquire(caller(2), t0), {core::connect{1}}));
    BOOST_TEST(same(at.connect_failed(1, t0, 0), {core::retry_after{50ms}}));
    BOOST_TEST(!at.down(t0));
    BOOST_TEST(same(at.returned(0, clean, t0), {core::lend{.to = caller(2), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(one_that_dies_while_idle_is_replaced_at_once)
{
    auto at = one_idle();
    BOOST_TEST(same(at.idle_lost(0, t0 + 1h, 0), {core::close{0}, core::connect{0}}));
}

BOOST_AUTO_TEST_CASE(one_that_dies_young_paces_the_next_and_callers_may_wait)
{
    auto at = one_idle();
    BOOST_TEST(same(at.idle_lost(0, t0 + 1ms, 0), {core::close{0}, core::retry_after{50ms}}));
    BOOST_TEST(same(at.acquire(caller(1), t0 + 1ms), {}));
    BOOST_TEST(same(at.retry_due(t0 + 51ms), {core::connect{0}}));
    BOOST_TEST(same(at.connected(0, t0 + 52ms), {core::lend{.to = caller(1), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(one_idle_for_long_is_pinged_and_its_caller_keeps_the_place)
{
    auto at = one_idle();
    auto const later = t0 + 15s + 1ms;
    BOOST_TEST(same(at.acquire(caller(1), later), {core::ping{0}}));
    BOOST_TEST((at.state(0) == checking));
    BOOST_TEST(same(at.pinged(0, true, later), {core::lend{.to = caller(1), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(a_ping_without_answer_closes_all_that_were_idle_as_long)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0));
    static_cast<void>(at.connected(1, t0));
    static_cast<void>(at.returned(0, clean, t0));
    static_cast<void>(at.returned(1, clean, t0));
    auto const later = t0 + 1min;
    BOOST_TEST(same(at.acquire(caller(3), later), {core::ping{0}}));
    BOOST_TEST(same(at.pinged(0, false, later), {core::close{0}, core::close{1}, core::connect{0}}));
    BOOST_TEST(same(at.connected(0, later), {core::lend{.to = caller(3), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(what_killed_one_may_have_killed_the_others_which_are_asked)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0));
    static_cast<void>(at.connected(1, t0));
    static_cast<void>(at.returned(1, clean, t0));
    static_cast<void>(at.returned(0, broken, t0 + 1s));
    BOOST_TEST(same(at.acquire(caller(3), t0 + 1s), {core::ping{1}}));
    BOOST_TEST(same(at.pinged(1, true, t0 + 2s), {core::lend{.to = caller(3), .slot = 1}}));
    static_cast<void>(at.returned(1, clean, t0 + 2s));
    BOOST_TEST(same(at.acquire(caller(4), t0 + 2s), {core::lend{.to = caller(4), .slot = 1}})); // once
}

BOOST_AUTO_TEST_CASE(one_opened_since_the_loss_is_not_asked)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    BOOST_TEST(same(at.returned(0, broken, t0 + 1s), {core::close{0}, core::connect{0}}));
    static_cast<void>(at.connected(0, t0 + 2s));
    BOOST_TEST(same(at.acquire(caller(2), t0 + 2s), {core::lend{.to = caller(2), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(an_outdated_one_takes_its_contemporaries_along_once)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0));
    static_cast<void>(at.connected(1, t0));
    BOOST_TEST(same(at.returned(0, outdated, t0), {core::close{0}}));
    static_cast<void>(at.acquire(caller(3), t0));
    static_cast<void>(at.connected(0, t0)); // lent to 3
    BOOST_TEST(same(at.returned(0, clean, t0), {}));
    BOOST_TEST(same(at.returned(1, clean, t0), {core::close{1}}));
    BOOST_TEST((at.state(0) == idle));
}

BOOST_AUTO_TEST_CASE(a_loan_that_failed_puts_its_caller_in_front)
{
    auto at = one_idle();
    core::lend const loan{.to = caller(1), .slot = 0};
    BOOST_TEST(same(at.acquire(caller(1), t0), {loan}));
    BOOST_TEST(same(at.acquire(caller(2), t0), {core::connect{1}}));
    BOOST_TEST(same(at.lend_failed(loan, t0), {core::close{0}}));
    BOOST_TEST(same(at.connected(1, t0), {core::lend{.to = caller(1), .slot = 1}, core::connect{0}}));
}

BOOST_AUTO_TEST_CASE(an_unsettled_one_recovers_before_it_is_lent)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    BOOST_TEST(same(at.returned(0, unsettled, t0), {core::recover{0}}));
    BOOST_TEST((at.state(0) == recovering));
    BOOST_TEST(same(at.acquire(caller(2), t0), {core::connect{1}}));
    BOOST_TEST(same(at.recovered(0, true, t0), {core::lend{.to = caller(2), .slot = 0}}));
}

BOOST_AUTO_TEST_CASE(one_that_does_not_recover_is_replaced)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.returned(0, unsettled, t0));
    BOOST_TEST(same(at.recovered(0, false, t0), {core::close{0}, core::connect{0}}));
}

BOOST_AUTO_TEST_CASE(closing_refuses_all_and_keeps_what_is_lent)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.acquire(caller(2), t0)); // connects slot 1
    BOOST_TEST(same(at.begin_close(), {core::refuse{.who = 2, .why = errc::pool_closed}, core::close{1}}));
    BOOST_TEST(same(at.acquire(caller(3), t0), {core::refuse{.who = 3, .why = errc::pool_closed}}));
    BOOST_TEST(!at.all_closed());
    BOOST_TEST(same(at.returned(0, unsettled, t0), {core::recover{0}}));
    BOOST_TEST(same(at.recovered(0, true, t0), {core::close{0}}));
    BOOST_TEST(at.all_closed());
    BOOST_TEST(same(at.retry_due(t0), {}));
}

BOOST_AUTO_TEST_CASE(an_abandoned_pool_recovers_nothing)
{
    auto at = one_idle();
    static_cast<void>(at.acquire(caller(1), t0));
    static_cast<void>(at.abandon());
    BOOST_TEST(same(at.returned(0, unsettled, t0), {core::close{0}}));
    BOOST_TEST(at.all_closed());
}

/// A shell that carries out actions in thought, where each deed fails with a given chance.
class thought_pool {
  public:
    thought_pool(unsigned seed, double failing) : dice_{seed}, failing_{failing} { take(core_.start(now_)); }

    void step()
    {
        now_ += 10ms;
        auto const which = dice_() % 4;
        if (which == 0)
            come();
        else if (which == 1)
            act_on(lent);
        else
            act_on(which == 2 ? connecting : recovering);
        act_on(checking);
        if (paused_ && dice_() % 3 == 0) {
            paused_ = false;
            take(core_.retry_due(now_));
        }
        if (dice_() % 7 == 0 && core_.count(idle) > 0 && fails())
            act_on(idle);
        check();
    }

    void heal() { failing_ = 0; }

    std::size_t served = 0, refused = 0, come_so_far = 0;

    [[nodiscard]] std::size_t waiting() const { return core_.waiting(); }

  private:
    bool fails() { return std::uniform_real_distribution{}(dice_) < failing_; }

    void come() { take(core_.acquire({.id = ++come_so_far, .deadline = now_ + 1h}, now_)); }

    void act_on(core::slot_state state)
    {
        for (std::size_t at = 0; at < limits_.size; ++at) {
            if (core_.state(at) != state)
                continue;
            if (state == connecting)
                take(fails() ? core_.connect_failed(at, now_, 0.5) : core_.connected(at, now_));
            else if (state == lent)
                take(core_.returned(at, fails() ? (fails() ? broken : fails() ? outdated : unsettled) : clean, now_));
            else if (state == recovering)
                take(core_.recovered(at, !fails(), now_));
            else if (state == checking)
                take(core_.pinged(at, !fails(), now_));
            else
                take(core_.idle_lost(at, now_, 0.5));
            return;
        }
    }

    void take(core::actions const& actions)
    {
        for (auto const& one : actions) {
            if (auto const* loan = std::get_if<core::lend>(&one)) {
                BOOST_TEST((core_.state(loan->slot) == lent));
                if (fails())
                    take(core_.lend_failed(*loan, now_));
                else
                    ++served;
            } else if (std::holds_alternative<core::refuse>(one)) {
                ++refused;
            } else if (std::holds_alternative<core::retry_after>(one)) {
                BOOST_TEST(!paused_);
                paused_ = true;
            }
        }
    }

    void check()
    {
        BOOST_TEST(served + refused + core_.waiting() == come_so_far);
        BOOST_TEST(core_.waiting() <= limits_.waiters);
        // Never stuck: whoever waits, something is under way for, and with nothing open there is always a next try.
        if (core_.waiting() > core_.count(checking))
            BOOST_TEST(core_.count(idle) == 0U);
        if (core_.open() == 0)
            BOOST_TEST((core_.count(connecting) > 0 || paused_));
    }

    core::limits limits_{.size = 4, .waiters = 8, .backoff_min = 50ms, .backoff_max = 1s, .check_after = 100ms};
    core core_{limits_};
    std::minstd_rand dice_;
    double failing_;
    core::time_point now_ = t0;
    bool paused_ = false;
};

BOOST_AUTO_TEST_CASE(whatever_fails_nobody_is_forgotten_and_it_recovers)
{
    for (unsigned seed = 1; seed <= 50; ++seed) {
        thought_pool at{seed, 0.4};
        for (int i = 0; i < 400; ++i)
            at.step();
        at.heal();
        auto const before = at.served;
        for (int i = 0; i < 200; ++i)
            at.step();
        BOOST_TEST(at.served > before + 20, "seed " << seed);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::pg
