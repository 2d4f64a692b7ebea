#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace bridgewatch::api {

/// Keeps this loop's knowledge of the database's shape: probes at start, after each new connection (the database may
/// have been upgraded meanwhile) and when a statement says that a column is gone; retries until it succeeds. Its loop
/// only.
class schema_watch {
  public:
    /// @param on_change called with one line for the log when the state changes, and whether it is good news
    /// @param on_probe called with each probe's outcome
    schema_watch(boost::asio::any_io_executor const& loop, pg::pool& connections,
                 std::function<void(bool, std::string const&)> on_change, std::function<void(bool)> on_probe);

    /// Runs until stop(). Spawn it on the loop and keep this object until it has ended.
    [[nodiscard]] boost::asio::awaitable<void> run();
    void stop();
    /// Asks for a probe soon.
    void recheck();
    /// Returns when the first probe has ended, whatever came of it: the requests that a process meets right after its
    /// start wait for a moment instead of being refused.
    [[nodiscard]] boost::asio::awaitable<void> first_look();

    /// Asks for a probe and returns when it has ended, or at the deadline.
    [[nodiscard]] boost::asio::awaitable<void> look_again(pg::steady_time deadline);

    /// The last shape that was good; null where the database never was, or lacks required columns now.
    [[nodiscard]] std::shared_ptr<schema::shape const> const& current() const { return current_; }

    /// Why there is no shape, in words fit for a caller.
    [[nodiscard]] std::string const& reason() const { return reason_; }

  private:
    boost::asio::awaitable<bool> probe();
    void is(std::shared_ptr<schema::shape const> shape, std::string reason);

    pg::pool& connections_;
    boost::asio::steady_timer wake_;
    boost::asio::steady_timer looked_; ///< expires when the first probe has ended, or should have
    boost::asio::steady_timer ended_;  ///< cancelled when a probe has ended
    std::function<void(bool, std::string const&)> on_change_;
    std::function<void(bool)> on_probe_;
    std::shared_ptr<schema::shape const> current_;
    std::string reason_ = "The database has not been looked at yet.";
    std::uint64_t probes_begun_ = 0, last_ended_ = 0;
    bool due_ = true, stopped_ = false;
};

} // namespace bridgewatch::api
