#include "db/pg/pool_core.hpp"

#include <algorithm>

namespace bridgewatch::pg {

pool_core::pool_core(limits const& limits)
    : limits_{limits}, slots_(std::max<std::size_t>(limits.size, 1)), was_up_{limits.stands_in}
{
}

pool_core::actions pool_core::start(time_point now)
{
    actions out;
    dispatch(now, out);
    return out;
}

pool_core::actions pool_core::acquire(waiter who, time_point now)
{
    if (closing_)
        return {refuse{.who = who.id, .why = errc::pool_closed}};
    if (down(now))
        return {refuse{.who = who.id, .why = errc::database_down}};
    actions out;
    waiters_.push_back(who);
    dispatch(now, out);
    bool const waits = !waiters_.empty() && waiters_.back().id == who.id;
    if (waits && !who.under_way && (waiters_.size() > longest_queue() || is_in_vain(who, now))) {
        waiters_.pop_back();
        out.emplace_back(refuse{.who = who.id, .why = errc::pool_full});
    }
    return out;
}

errc pool_core::leave(waiter_id who)
{
    std::erase_if(waiters_, [&](waiter const& one) { return one.id == who; });
    if (waiters_.empty())
        pace_.nobody_waits();
    return open() == 0 && last_connect_failed_ ? errc::database_down : errc::pool_timeout;
}

pool_core::actions pool_core::lend_failed(lend const& what, time_point now)
{
    actions out;
    lost_at_ = now;
    shut(what.slot, out);
    if (closing_)
        out.emplace_back(refuse{.who = what.to.id, .why = errc::pool_closed});
    else
        waiters_.push_front(what.to);
    dispatch(now, out);
    return out;
}

pool_core::actions pool_core::connected(std::size_t slot, time_point now)
{
    actions out;
    failures_ = 0;
    was_up_ = true;
    last_connect_failed_ = false;
    down_since_.reset();
    slots_[slot].opened = slots_[slot].proven = now;
    slots_[slot].generation = generation_;
    rest(slot, now, out);
    dispatch(now, out);
    return out;
}

pool_core::actions pool_core::connect_failed(std::size_t slot, time_point now, double random)
{
    actions out;
    slots_[slot].state = slot_state::closed;
    last_connect_failed_ = true;
    if (open() > 0) // it is there, and has no room for another one
        down_since_.reset();
    else if (!down_since_)
        down_since_ = now;
    pause(random, out);
    if (is_given_up(now) && count(slot_state::connecting) == 0)
        refuse_all(errc::database_down, out);
    dispatch(now, out);
    return out;
}

pool_core::actions pool_core::retry_due(time_point now)
{
    actions out;
    paused_ = false;
    dispatch(now, out);
    return out;
}

pool_core::actions pool_core::pinged(std::size_t slot, bool good, time_point now)
{
    actions out;
    if (good) {
        slots_[slot].proven = now;
        rest(slot, now, out);
    } else {
        lost_at_ = now;
        shut(slot, out);
        // What killed this one has had the same time to kill the others, and asking each takes its time-out.
        for (std::size_t other = 0; other < slots_.size(); ++other) {
            if (slots_[other].state == slot_state::idle && needs_check(slots_[other], now))
                shut(other, out);
        }
    }
    dispatch(now, out);
    return out;
}

pool_core::actions pool_core::idle_lost(std::size_t slot, time_point now, double random)
{
    actions out;
    auto const lived = now - slots_[slot].opened;
    lost_at_ = now;
    shut(slot, out);
    if (lived < limits_.backoff_max && open() == 0)
        pause(random, out);
    dispatch(now, out);
    return out;
}

pool_core::actions pool_core::returned(std::size_t slot, condition how, time_point now)
{
    actions out;
    if (how == condition::broken)
        lost_at_ = now;
    if (how == condition::outdated)
        retire_generation(slots_[slot].generation, out);
    if (how == condition::broken || how == condition::outdated || (how == condition::unsettled && abandoned_)) {
        shut(slot, out);
    } else if (how == condition::unsettled) {
        slots_[slot].state = slot_state::recovering;
        out.emplace_back(recover{slot});
    } else {
        rest(slot, now, out);
    }
    dispatch(now, out);
    return out;
}

pool_core::actions pool_core::recovered(std::size_t slot, bool good, time_point now)
{
    return returned(slot, good ? condition::clean : condition::broken, now);
}

pool_core::actions pool_core::begin_close()
{
    actions out;
    closing_ = true;
    refuse_all(errc::pool_closed, out);
    for (std::size_t at = 0; at < slots_.size(); ++at) {
        auto const state = slots_[at].state;
        if (state == slot_state::idle || state == slot_state::checking || state == slot_state::connecting)
            shut(at, out);
    }
    return out;
}

pool_core::actions pool_core::abandon()
{
    auto out = begin_close();
    abandoned_ = true;
    for (std::size_t at = 0; at < slots_.size(); ++at) {
        if (slots_[at].state == slot_state::recovering)
            shut(at, out);
    }
    return out;
}

std::size_t pool_core::count(slot_state state) const
{
    return static_cast<std::size_t>(std::ranges::count(slots_, state, &slot::state));
}

std::size_t pool_core::open() const
{
    return slots_.size() - count(slot_state::closed) - count(slot_state::connecting);
}

void pool_core::dispatch(time_point now, actions& out)
{
    if (closing_)
        return;
    serve_waiters(now, out);
    if (waiters_.empty() || open() == 0) // an outage is no pace
        pace_.nobody_waits();
    else
        pace_.somebody_waits(now);
    auto wanted = connects_wanted({.size = slots_.size(),
                                   .open = open(),
                                   .connecting = count(slot_state::connecting),
                                   .checking = count(slot_state::checking),
                                   .waiting = waiters_.size(),
                                   .paused = paused_});
    for (std::size_t at = 0; at < slots_.size() && wanted > 0; ++at) {
        if (slots_[at].state != slot_state::closed)
            continue;
        slots_[at].state = slot_state::connecting;
        out.emplace_back(connect{at});
        --wanted;
    }
}

void pool_core::serve_waiters(time_point now, actions& out)
{
    auto checking = count(slot_state::checking);
    for (;;) {
        drop_expired(now, out);
        auto const at = freshest_idle();
        if (!at || waiters_.size() <= checking)
            return;
        auto& idle = slots_[*at];
        if (needs_check(idle, now)) {
            idle.state = slot_state::checking;
            out.emplace_back(ping{*at});
            ++checking;
            continue;
        }
        idle.state = slot_state::lent;
        out.emplace_back(lend{.to = waiters_.front(), .slot = *at});
        waiters_.pop_front();
        pace_.served(now);
    }
}

/// As many as are served within the target, so that the wait stays short however many come; a few for each connection
/// in any case, since where statements are slow a wait of a few of them is no overload.
std::size_t pool_core::longest_queue() const
{
    if (open() == 0) // how fast it moves when the database is back, nobody knows
        return limits_.waiters;
    constexpr std::size_t for_each_connection = 4;
    auto const in_time = pace_.places_within(limits_.queue_target);
    return std::min(limits_.waiters, std::max(for_each_connection * slots_.size(), in_time));
}

/// Those ahead will have taken all of its time: it is told so now, and not when that has passed.
bool pool_core::is_in_vain(waiter const& last, time_point now) const
{
    auto const ahead = static_cast<double>(waiters_.size() - 1);
    return open() > 0 && pace_.each() * ahead > last.deadline - now;
}

/// A waiter whose timer has not run yet, because the loop was busy, gets no connection for which it has no time.
void pool_core::drop_expired(time_point now, actions& out)
{
    while (!waiters_.empty() && waiters_.front().deadline <= now) {
        auto const id = waiters_.front().id;
        out.emplace_back(refuse{.who = id, .why = leave(id)});
    }
}

/// The one used last, so that the rest may stay idle for long and those in use are warm.
std::optional<std::size_t> pool_core::freshest_idle() const
{
    std::optional<std::size_t> best;
    for (std::size_t at = 0; at < slots_.size(); ++at) {
        if (slots_[at].state == slot_state::idle && (!best || slots_[at].idle_since > slots_[*best].idle_since))
            best = at;
    }
    return best;
}

/// One that was idle for long, or that was open when another one died: what ended that one may have ended all of them,
/// and what has not been read yet does not tell.
bool pool_core::needs_check(slot const& idle, time_point now) const
{
    return now - idle.idle_since > limits_.check_after || idle.proven < lost_at_;
}

/// A database that has just gone is waited for: a restart takes it away for a moment only. One that was never there may
/// be anything.
bool pool_core::is_given_up(time_point now) const
{
    auto const patience = was_up_ ? limits_.patience : milliseconds{};
    return open() == 0 && last_connect_failed_ && now - down_since_.value_or(now) >= patience;
}

/// Once for all of them: what was opened since knows the schema as it is.
void pool_core::retire_generation(std::uint64_t which, actions& out)
{
    if (which != generation_)
        return;
    ++generation_;
    for (std::size_t at = 0; at < slots_.size(); ++at) {
        if (slots_[at].state == slot_state::idle)
            shut(at, out);
    }
}

void pool_core::rest(std::size_t at, time_point now, actions& out)
{
    if (closing_ || slots_[at].generation != generation_) {
        shut(at, out);
        return;
    }
    slots_[at].state = slot_state::idle;
    slots_[at].idle_since = now;
}

void pool_core::shut(std::size_t at, actions& out)
{
    slots_[at].state = slot_state::closed;
    out.emplace_back(close{at});
}

void pool_core::pause(double random, actions& out)
{
    if (paused_ || closing_)
        return; // several attempts that fail together are one failure
    paused_ = true;
    ++failures_;
    out.emplace_back(retry_after{backoff(failures_, limits_.backoff_min, limits_.backoff_max, random)});
}

void pool_core::refuse_all(errc why, actions& out)
{
    for (auto const& one : waiters_)
        out.emplace_back(refuse{.who = one.id, .why = why});
    waiters_.clear();
    pace_.nobody_waits();
}

} // namespace bridgewatch::pg
