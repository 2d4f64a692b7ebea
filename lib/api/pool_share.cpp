#include "lib/api/pool_share.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

namespace bridgewatch::api {

namespace asio = boost::asio;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t waiters_for_each_place = 16;

/// Somebody in the queue; lives in its coroutine.
struct waiter {
    asio::steady_timer wake;
    std::string caller;
    std::string as_holder = caller; ///< moved away by a grant, which must need no memory
    bool granted = false;
};

} // namespace

struct share_state {
    std::size_t size = 1;
    pool_share::waiting_bounds bounds = {};
    std::vector<std::string> holders = {}; ///< the caller of each place that is taken
    std::list<waiter*> queue = {};         ///< empty while a place is free

    [[nodiscard]] auto held_by(std::string const& caller) const { return std::ranges::count(holders, caller); }

    [[nodiscard]] bool may_wait(std::string const& caller) const
    {
        auto const own = std::ranges::count(queue, caller, &waiter::caller);
        return queue.size() < bounds.all && static_cast<std::size_t>(own) < bounds.of_one_caller;
    }

    void give_back(std::string const& caller)
    {
        holders.erase(std::ranges::find(holders, caller));
        auto const next =
            std::ranges::min_element(queue, {}, [this](waiter const* one) { return held_by(one->caller); });
        if (next == queue.end())
            return;
        auto& who = **next;
        queue.erase(next);
        holders.push_back(std::move(who.as_holder)); // there is room: one has just left
        who.granted = true;
        who.wake.cancel();
    }
};

namespace {

/// A place in the queue, whatever becomes of the coroutine that waits there.
class queued {
  public:
    queued(std::shared_ptr<share_state> at, waiter who) : at_{std::move(at)}, who_{std::move(who)}
    {
        at_->queue.push_back(&who_);
    }

    queued(queued const&) = delete;
    queued& operator=(queued const&) = delete;

    ~queued()
    {
        if (who_.granted)
            at_->give_back(who_.caller);
        else
            at_->queue.remove(&who_);
    }

    [[nodiscard]] asio::steady_timer& wake() { return who_.wake; }

    /// @return whether a place is the caller's, from now on.
    [[nodiscard]] bool take()
    {
        if (!who_.granted)
            return false;
        who_.granted = false; // it is not ours any more, and we are in no queue
        return true;
    }

  private:
    std::shared_ptr<share_state> at_;
    waiter who_;
};

} // namespace

pool_share::pool_share(std::size_t size)
    : pool_share{size,
                 {.all = waiters_for_each_place * std::max<std::size_t>(size, 1),
                  .of_one_caller = waiters_for_each_place * std::max<std::size_t>(size, 1) / 2}}
{
}

pool_share::pool_share(std::size_t size, waiting_bounds bounds)
    : state_{std::make_shared<share_state>(share_state{.size = std::max<std::size_t>(size, 1), .bounds = bounds})}
{
}

std::optional<pool_share::place> pool_share::try_enter(std::string const& caller)
{
    if (state_->holders.size() >= state_->size)
        return std::nullopt;
    state_->holders.push_back(caller);
    return place{state_, caller};
}

asio::awaitable<std::optional<pool_share::place>> pool_share::enter(std::string caller,
                                                                    std::chrono::steady_clock::time_point deadline)
{
    if (auto at_once = try_enter(caller))
        co_return at_once;
    auto const state = state_;
    if (!state->may_wait(caller))
        co_return std::nullopt;
    auto const loop = co_await asio::this_coro::executor;
    queued waiting{state, {.wake = asio::steady_timer{loop, deadline}, .caller = caller}};
    co_await waiting.wake().async_wait(no_throw); // rung by a grant, the deadline, or a cancellation
    if (waiting.take())
        co_return place{state, std::move(caller)};
    co_return std::nullopt;
}

std::size_t pool_share::waiting() const
{
    return state_->queue.size();
}

pool_share::place::place(std::shared_ptr<share_state> of, std::string caller)
    : of_{std::move(of)}, caller_{std::move(caller)}
{
}

pool_share::place& pool_share::place::operator=(place&& other) noexcept
{
    std::swap(of_, other.of_);
    std::swap(caller_, other.caller_);
    return *this;
}

pool_share::place::~place()
{
    if (of_)
        of_->give_back(caller_);
}

} // namespace bridgewatch::api
