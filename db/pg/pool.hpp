#pragma once

#include "db/pg/batch.hpp"
#include "db/pg/connect.hpp"
#include "db/pg/error.hpp"
#include "db/pg/events.hpp"
#include "db/pg/outcomes.hpp"
#include "db/pg/rows.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace bridgewatch::pg {

using steady_time = std::chrono::steady_clock::time_point;

struct pool_settings {
    std::size_t size = 16;                           ///< connections of this pool, at least 1
    std::size_t waiters = 1024;                      ///< callers that may wait at once; past it: errc::pool_full
    std::chrono::milliseconds queue_target{100};     ///< a queue that takes longer is too long for newcomers; four of
                                                     ///< them for each connection may wait in any case
    std::chrono::milliseconds connect_timeout{5000}; ///< for one attempt, all hosts together
    std::chrono::milliseconds backoff_min{50};       ///< first pause after a failed connect
    std::chrono::milliseconds backoff_max{1000};     ///< pauses double up to here; each is jittered by half
    std::chrono::milliseconds check_after{15000};    ///< a connection idle for longer is pinged before it is lent
    std::chrono::milliseconds drain_limit{1500};     ///< how long a cancelled connection may take to come back
    std::chrono::milliseconds patience{0};           ///< how long callers wait for a database that has just gone
    bool stands_in = false; ///< is asked only where another pool has lost its database, which has then just gone
    bool prepared_statements = true;
    std::size_t statement_cache = 128; ///< prepared statements kept on a connection (LRU)
};

struct pool_stats {
    std::size_t open = 0, idle = 0, in_use = 0, waiting = 0;
    bool reachable = false;     ///< the last thing heard from the database was good
    diagnostics last_failure;   ///< of the last failed connect; for the log and the admin endpoints' short reason
    std::uint64_t connects = 0; ///< successful ones so far: grows by a reconnect
};

/// Whether a caller may be refused because many wait. One for whom work has been done already is not: that would be in
/// vain.
enum class standing { newcomer, under_way };

class pool_impl;

/// A borrowed connection. Gives it back when destroyed, which never blocks: one with a statement still running is
/// cancelled and drained by the pool before anyone else gets it. Must not outlive the pool. Its loop only.
class lease {
  public:
    lease(lease&&) noexcept;
    lease& operator=(lease&&) noexcept;
    ~lease();

    /// Sends all steps in one pipeline and reads all their answers. One `run` at a time.
    /// @param deadline steady clock; past it the statement is cancelled on the server.
    /// @param early    never called once run() has ended. Its time counts as the next statement's
    /// Errors of the whole: connection_lost, deadline, cancelled (terminal cancellation), protocol. After any of
    /// these the lease is of no more use. Errors of a step are in its outcome, and the connection stays good.
    [[nodiscard]] boost::asio::awaitable<outcome<step_outcomes>> run(batch steps, steady_time deadline,
                                                                     early_answers early = {});

    /// Told of each statement that run() sends from now on, when its pipeline has ended; besides the pool's own
    /// handler.
    void report_to(statement_handler handler) { on_statement_ = std::move(handler); }

    /// From now on the server sends each answer at once, so that it is known when. Costs both sides some system calls.
    void time_each() { times_each_ = true; }

    /// Whether a statement sent by it is planned once, and not each time.
    [[nodiscard]] bool keeps_plans() const;

    /// Whether nobody else has or wants a connection of the pool, nor has had one for a while: then what saves waiting
    /// is worth some work.
    [[nodiscard]] bool is_alone() const;

    /// Appends `text` as a comment to all statements from now on, which are then not prepared: each is another text.
    /// @param text key='value' pairs without a `*`; never a caller's words
    void comment(std::string text) { comment_ = std::move(text); }

  private:
    friend class pool_impl;
    lease(std::shared_ptr<pool_impl> owner, std::size_t slot);
    std::shared_ptr<pool_impl> owner_;
    std::size_t slot_ = 0;
    statement_handler on_statement_;
    std::string comment_;
    bool times_each_ = false;
};

/// Connections to one database for one loop: nothing is shared between loops, no locks. All members are to be
/// called on the pool's loop.
class pool {
  public:
    /// @param loop       the executor of this thread's io_context
    /// @param helpers    threads for what libpq can only do blocking; outlives the pool
    /// @param on_event   called on the loop for what the log and the metrics want to know
    pool(boost::asio::any_io_executor loop, connection_options options, pool_settings settings, blocking_calls& helpers,
         event_handler on_event);
    ~pool();
    pool(pool const&) = delete;
    pool& operator=(pool const&) = delete;

    /// Opens the first connection in the background, so that the first request finds it.
    void start();

    /// Borrows a connection; callers are served in order of arrival.
    /// @param deadline steady clock; covers the wait and, where needed, the connect.
    /// Errors: pool_timeout, pool_full (at once), pool_closed, cancelled; database_down where no connection is open and
    /// connects have failed for `patience` (callers are not kept waiting for a database that is known to be down), or
    /// until the deadline.
    [[nodiscard]] boost::asio::awaitable<outcome<lease>> acquire(steady_time deadline,
                                                                 standing who = standing::newcomer);

    /// A newcomer would get pool_full now.
    [[nodiscard]] bool crowded() const;

    /// Refuses new callers, ends waiting ones with pool_closed, closes idle connections, and returns when the
    /// last borrowed one is back, or at the deadline.
    [[nodiscard]] boost::asio::awaitable<void> close(steady_time deadline);

    [[nodiscard]] pool_stats stats() const;

  private:
    std::shared_ptr<pool_impl> impl_;
};

} // namespace bridgewatch::pg
