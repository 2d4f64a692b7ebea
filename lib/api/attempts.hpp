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

/// The attempts of one read. There are two. A second one that was swept along by the crash of another process has
/// another one: after a backend died the server takes a moment to notice, and then ends what was begun in that moment
/// (57P02). A read that itself ends its backend gets no third: no such words come from that.
class attempts {
  public:
    /// Whether what failed so is to be asked again, after `pause()`. Uses the attempt up.
    [[nodiscard]] bool take_another(pg::failure const& why)
    {
        is_silent_ = why.code == pg::errc::connection_lost && why.diag.sqlstate.empty();
        if (!pg::may_work_elsewhere(why))
            return false;
        if (!std::exchange(is_second_, true))
            return true;
        return why.diag.sqlstate == pg::sqlstate::crash_shutdown && !std::exchange(was_swept_along_, true);
    }

    /// What is to be waited before the next attempt: where a connection was lost without a word, its backend may have
    /// died, and until the server has noticed, all its sessions look alive.
    [[nodiscard]] std::chrono::milliseconds pause() const
    {
        constexpr std::chrono::milliseconds time_to_notice{100};
        return is_silent_ ? time_to_notice : std::chrono::milliseconds{};
    }

  private:
    bool is_second_ = false, was_swept_along_ = false, is_silent_ = false;
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
