#pragma once

#include "db/pg/backoff.hpp"
#include "db/pg/error.hpp"
#include "db/pg/queue_pace.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace bridgewatch::pg {

/// What a pool decides, without sockets, clocks and threads: events go in, actions come out, to be carried out in
/// order. The backoff is the pool's, not a slot's: all slots lead to the same database.
class pool_core {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;
    using waiter_id = std::uint64_t;

    struct limits {
        std::size_t size = 1, waiters = 0;
        milliseconds backoff_min{}, backoff_max{}, check_after{}, patience{};
        bool stands_in = false;      ///< has patience before its first connection too
        milliseconds queue_target{}; ///< what a new waiter may expect to wait; the queue is no longer than that
    };

    enum class slot_state { closed, connecting, idle, checking, lent, recovering };

    /// How a connection came back.
    enum class condition {
        clean,
        unsettled, ///< a statement or a transaction is still open on it
        broken,
        outdated, ///< what it keeps prepared is of a schema that has changed; so is what its contemporaries keep
    };

    struct waiter {
        waiter_id id = 0;
        time_point deadline;
        bool under_way = false; ///< work has been done for it: it is not refused for the length of the queue
        friend bool operator==(waiter const&, waiter const&) = default;
    };

    struct connect {
        std::size_t slot;
        friend bool operator==(connect const&, connect const&) = default;
    };

    struct lend {
        waiter to;
        std::size_t slot;
        friend bool operator==(lend const&, lend const&) = default;
    };

    struct refuse {
        waiter_id who;
        errc why;
        friend bool operator==(refuse const&, refuse const&) = default;
    };

    struct close {
        std::size_t slot;
        friend bool operator==(close const&, close const&) = default;
    };

    struct ping {
        std::size_t slot;
        friend bool operator==(ping const&, ping const&) = default;
    };

    struct recover {
        std::size_t slot;
        friend bool operator==(recover const&, recover const&) = default;
    };

    struct retry_after {
        milliseconds pause;
        friend bool operator==(retry_after const&, retry_after const&) = default;
    };

    using action = std::variant<connect, lend, refuse, close, ping, recover, retry_after>;
    using actions = std::vector<action>;

    explicit pool_core(limits const& limits);

    [[nodiscard]] actions start(time_point now);
    [[nodiscard]] actions acquire(waiter who, time_point now);
    /// The waiter's time is up, or its caller went away: it leaves the queue. What to tell it where it was the time.
    [[nodiscard]] errc leave(waiter_id who);
    /// `lend` could not be carried out, because the connection turned out to be dead: the caller is the first again.
    [[nodiscard]] actions lend_failed(lend const& what, time_point now);
    [[nodiscard]] actions connected(std::size_t slot, time_point now);
    /// @param random in [0, 1)
    [[nodiscard]] actions connect_failed(std::size_t slot, time_point now, double random);
    [[nodiscard]] actions retry_due(time_point now);
    [[nodiscard]] actions pinged(std::size_t slot, bool good, time_point now);
    /// An idle connection has died. One that did not even live for `backoff_max` paces the next connect as a failed one
    /// does, or a proxy that accepts and hangs up would be called in a tight loop.
    [[nodiscard]] actions idle_lost(std::size_t slot, time_point now, double random);
    [[nodiscard]] actions returned(std::size_t slot, condition how, time_point now);
    [[nodiscard]] actions recovered(std::size_t slot, bool good, time_point now);
    /// Refuses waiters, closes what is not lent. Lent connections may still come back and recover.
    [[nodiscard]] actions begin_close();
    /// No more patience: closes the recovering ones as well.
    [[nodiscard]] actions abandon();

    [[nodiscard]] slot_state state(std::size_t slot) const { return slots_[slot].state; }

    [[nodiscard]] std::size_t count(slot_state state) const;
    [[nodiscard]] std::size_t open() const;

    [[nodiscard]] std::size_t waiting() const { return waiters_.size(); }

    /// A newcomer would be refused: the queue is as long as it may be.
    [[nodiscard]] bool crowded() const { return waiters_.size() >= longest_queue(); }

    /// Nothing is open or under way.
    [[nodiscard]] bool all_closed() const { return count(slot_state::closed) == slots_.size(); }

    /// No connection for longer than `patience`, the last attempt failed, and the next one has its time: callers are
    /// refused at once.
    [[nodiscard]] bool down(time_point now) const { return paused_ && is_given_up(now); }

  private:
    struct slot {
        slot_state state = slot_state::closed;
        time_point opened, idle_since;
        time_point proven;            ///< when it was opened, or last answered a ping
        std::uint64_t generation = 0; ///< one that is not the pool's is closed when it comes back
    };

    void dispatch(time_point now, actions& out);
    void serve_waiters(time_point now, actions& out);
    void drop_expired(time_point now, actions& out);
    [[nodiscard]] std::size_t longest_queue() const;
    [[nodiscard]] bool is_in_vain(waiter const& last, time_point now) const;
    [[nodiscard]] std::optional<std::size_t> freshest_idle() const;
    [[nodiscard]] bool needs_check(slot const& idle, time_point now) const;
    [[nodiscard]] bool is_given_up(time_point now) const;
    void retire_generation(std::uint64_t which, actions& out);
    void rest(std::size_t at, time_point now, actions& out);
    void shut(std::size_t at, actions& out);
    void pause(double random, actions& out);
    void refuse_all(errc why, actions& out);

    limits limits_;
    std::vector<slot> slots_;
    std::deque<waiter> waiters_; ///< in order of arrival
    queue_pace pace_;
    std::size_t failures_ = 0;             ///< in a row
    time_point lost_at_{};                 ///< when a connection was last found dead
    std::optional<time_point> down_since_; ///< the first failed connect in a row
    std::uint64_t generation_ = 0;
    bool was_up_ = false, paused_ = false, last_connect_failed_ = false, closing_ = false, abandoned_ = false;
};

} // namespace bridgewatch::pg
