#pragma once

#include "db/pg/pool.hpp"
#include "db/store/replica.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>

namespace bridgewatch::api {

/// Asks now and then whether the database is a replica and how far it lags, as long as somebody wants to know. Its loop
/// only.
class replica_watch {
  public:
    /// @param wanted set by any thread that has asked: for a minute from then on the database is looked at
    /// @param on_answer called with what was found, and with nothing where there was no answer
    replica_watch(boost::asio::any_io_executor const& loop, pg::pool& connections, std::atomic<bool>& wanted,
                  std::function<void(std::optional<store::replica_state> const&)> on_answer);

    /// Runs until stop(). Spawn it on the loop and keep this object until it has ended.
    [[nodiscard]] boost::asio::awaitable<void> run();
    void stop();

  private:
    boost::asio::awaitable<void> look();
    boost::asio::awaitable<void> try_to_look();

    pg::pool& connections_;
    boost::asio::steady_timer wake_;
    std::atomic<bool>& wanted_;
    std::function<void(std::optional<store::replica_state> const&)> on_answer_;
    bool stopped_ = false;
};

} // namespace bridgewatch::api
