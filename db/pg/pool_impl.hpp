#pragma once

#include "db/pg/connection.hpp"
#include "db/pg/mailbox.hpp"
#include "db/pg/pool.hpp"
#include "db/pg/pool_core.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <unordered_map>
#include <vector>

namespace bridgewatch::pg {

/// Carries out what pool_core decides. Kept alive by the pool, its leases and the work it has begun; nothing of that
/// runs on past `abandon`, which both `close` and the pool's destructor end with.
class pool_impl : public std::enable_shared_from_this<pool_impl> {
  public:
    pool_impl(boost::asio::any_io_executor loop, connection_options options, pool_settings const& settings,
              blocking_calls& helpers, event_handler on_event);

    void start();
    [[nodiscard]] static boost::asio::awaitable<outcome<lease>> acquire(std::shared_ptr<pool_impl> self,
                                                                        steady_time deadline, standing who);
    [[nodiscard]] static boost::asio::awaitable<void> close(std::shared_ptr<pool_impl> self, steady_time deadline);
    void abandon();
    [[nodiscard]] pool_stats stats() const;

    [[nodiscard]] bool prepares() const { return settings_.prepared_statements && settings_.statement_cache > 0; }

    /// One connection is lent, and was the only one each of the last times.
    [[nodiscard]] bool lends_one_at_a_time() const;

    [[nodiscard]] bool crowded() const { return core_.crowded(); }

    void tell(event const& what) const { on_event_(what); }

    [[nodiscard]] std::shared_ptr<connection> const& lent(std::size_t slot) const { return slots_[slot].open; }

    void give_back(std::size_t slot);

  private:
    /// A caller inside of `acquire`; lives in its coroutine.
    class waiting_caller;

    struct slot {
        std::shared_ptr<connection> open;
        std::uint64_t attempt = 0; ///< of connecting: an answer to an older one is dropped
    };

    void apply(pool_core::actions const& actions);
    void carry_out(pool_core::connect const& what);
    void carry_out(pool_core::lend const& what);
    void carry_out(pool_core::refuse const& what);
    void carry_out(pool_core::close const& what);
    void carry_out(pool_core::ping const& what);
    void carry_out(pool_core::recover const& what);
    void carry_out(pool_core::retry_after const& what);

    void connect_ended(std::size_t at, std::uint64_t attempt, outcome<raw_connection> result,
                       std::chrono::microseconds took);
    void connect_failed(std::size_t at, diagnostics diag);
    void watch_idle(std::size_t at);
    [[nodiscard]] bool send_cancel(std::shared_ptr<connection> const& of);
    void job_ended();

    [[nodiscard]] bool quiet() const { return core_.all_closed() && jobs_ == 0; }

    [[nodiscard]] double random() { return std::generate_canonical<double, 32>(random_); }

    boost::asio::any_io_executor loop_;
    std::shared_ptr<connection_options const> options_; ///< shared with attempts that outlive the pool
    pool_settings settings_;
    blocking_calls& helpers_;
    event_handler on_event_;
    std::shared_ptr<mailbox> mailbox_;
    pool_core core_;
    std::vector<slot> slots_;
    std::unordered_map<pool_core::waiter_id, waiting_caller*> callers_;
    boost::asio::steady_timer retry_, quiet_;
    std::minstd_rand random_{std::random_device{}()};
    pool_core::waiter_id last_waiter_ = 0;
    std::uint64_t connects_ = 0;
    std::size_t lent_alone_ = 0; ///< so many times in a row no other connection was lent
    std::size_t jobs_ = 0;       ///< pings and recoveries under way
    std::size_t cancels_ = 0;    ///< calls of PQcancel under way or queued
    diagnostics last_failure_;
    bool was_down_ = false;
};

} // namespace bridgewatch::pg
