#pragma once

#include "db/pg/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace bridgewatch::api {

/// The attempts of one read. There are two. A second one that was swept along has another one: after a backend died the
/// server takes a moment to notice, and then ends what was begun in that moment (57P02); and whoever ends all sessions
/// (57P01) does so one after another, so that one can answer and be ended next. A read that itself ends its backend
/// gets no third: no such words come from that.
class attempts {
  public:
    /// Whether what failed so is to be asked again, after `pause()`. Uses the attempt up.
    [[nodiscard]] bool take_another(pg::failure const& why)
    {
        auto const& state = why.diag.sqlstate;
        bool const is_silent = why.code == pg::errc::connection_lost && state.empty();
        others_may_follow_ = is_silent || state == pg::sqlstate::admin_shutdown;
        if (!pg::may_work_elsewhere(why))
            return false;
        if (!std::exchange(is_second_, true))
            return true;
        bool const is_swept_along = state == pg::sqlstate::crash_shutdown || state == pg::sqlstate::admin_shutdown;
        return is_swept_along && !std::exchange(was_swept_along_, true);
    }

    /// What is to be waited before the next attempt: where a connection was lost without a word, its backend may have
    /// died, and until the server has noticed, all its sessions look alive. So do those that are to be ended next.
    [[nodiscard]] std::chrono::milliseconds pause() const
    {
        constexpr std::chrono::milliseconds time_to_follow{100};
        return others_may_follow_ ? time_to_follow : std::chrono::milliseconds{};
    }

  private:
    bool is_second_ = false, was_swept_along_ = false, others_may_follow_ = false;
};

/// Waits for `pause()`, with no connection held meanwhile.
inline boost::asio::awaitable<void> wait_before_next(attempts const& of)
{
    if (of.pause() == std::chrono::milliseconds{})
        co_return;
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, of.pause()};
    auto const [stopped] = co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    static_cast<void>(stopped); // whoever is cancelled hears of it when it asks for a connection
}

} // namespace bridgewatch::api
