#include "lib/api/turns.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>
#include <utility>

namespace bridgewatch::api {

namespace asio = boost::asio;

struct turns::state {
    struct waiter {
        asio::steady_timer wake;
        bool granted = false;
    };

    std::size_t free;
    std::size_t waiting_at_most;
    std::list<waiter*> queue;

    void give_back()
    {
        if (queue.empty()) {
            ++free;
            return;
        }
        auto* const next = queue.front();
        queue.pop_front();
        next->granted = true;
        next->wake.cancel();
    }
};

turns::turn::~turn()
{
    if (of_)
        of_->give_back();
}

turns::turns(std::size_t at_once, std::size_t waiting)
    : state_{std::make_shared<state>(state{.free = at_once, .waiting_at_most = waiting, .queue = {}})}
{
}

namespace {

/// Leaves the queue, whatever becomes of the coroutine that waits there.
struct place {
    turns::state& of;
    turns::state::waiter& who;

    place(turns::state& in, turns::state::waiter& one) : of{in}, who{one} { of.queue.push_back(&who); }

    place(place const&) = delete;
    place& operator=(place const&) = delete;

    ~place()
    {
        if (who.granted)
            of.give_back();
        else
            of.queue.remove(&who);
    }
};

} // namespace

asio::awaitable<std::optional<turns::turn>> turns::take(std::chrono::steady_clock::time_point by)
{
    auto const own = state_;
    if (own->free > 0) {
        --own->free;
        co_return turn{own};
    }
    if (own->queue.size() >= own->waiting_at_most)
        co_return std::nullopt;
    auto const executor = co_await asio::this_coro::executor;
    state::waiter who{.wake = asio::steady_timer{executor, by}};
    place const queued{*own, who};
    // Rung by a turn, the deadline, or a cancellation.
    co_await who.wake.async_wait(asio::as_tuple(asio::use_awaitable));
    if (std::exchange(who.granted, false))
        co_return turn{own};
    co_return std::nullopt;
}

} // namespace bridgewatch::api
