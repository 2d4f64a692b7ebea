#pragma once

#include "db/pg/batch.hpp"
#include "db/pg/connect.hpp"
#include "db/pg/events.hpp"
#include "db/pg/exchange.hpp"
#include "db/pg/outcomes.hpp"
#include "db/pg/pool_core.hpp"
#include "db/pg/statement_cache.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

struct pg_result;
struct pg_cancel;

namespace bridgewatch::pg {

/// One connection on its loop: the exchange's decisions carried out with libpq and Asio. Internal to this folder.
/// Handlers and coroutines hold it by shared_ptr; `shut` ends them all.
class connection : public std::enable_shared_from_this<connection> {
  public:
    using clock = std::chrono::steady_clock;
    using notice_handler = std::function<void(notice const&)>;

    /// @param raw        connected, still blocking
    /// @param statements how many to keep prepared; 0 for none
    [[nodiscard]] static outcome<std::shared_ptr<connection>> adopt(boost::asio::any_io_executor const& loop,
                                                                    raw_connection raw, std::size_t statements,
                                                                    notice_handler on_notice);

    ~connection() { shut(); }

    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    /// Queues a pipeline; `drive` sends it. Only when the one before is done. Without steps it is a lone Sync: a ping.
    /// @param flushes_each has each answer sent as soon as it is there
    [[nodiscard]] outcome<void> queue(batch const& steps, bool flushes_each = false);

    enum class ended { done, broken, deadline, cancelled };
    /// Sends and reads until the pipeline is done, or until the deadline or a terminal cancellation; then it can be
    /// driven on later, from where it stands. Never throws for a cancellation.
    /// @param early see lease::run
    [[nodiscard]] static boost::asio::awaitable<ended> drive(std::shared_ptr<connection> self,
                                                             clock::time_point deadline, early_answers early = {});

    [[nodiscard]] exchange& current() { return exchange_; }

    /// How the pipeline's steps were sent, and when each was answered, as far as it was.
    struct step_notes {
        statement_ended::plan by = statement_ended::plan::unprepared;
        std::optional<clock::time_point> answered;
    };

    [[nodiscard]] std::vector<step_notes> const& notes() const { return step_notes_; }

    /// While idle: calls `on_lost` once, when the server ends the connection or the socket fails.
    void watch(std::function<void()> on_lost);
    void unwatch();
    /// Reads, without waiting, what has come while idle. False when the connection is dead.
    [[nodiscard]] bool alive();

    /// Whether someone else can have it now.
    [[nodiscard]] pool_core::condition condition() const;

    [[nodiscard]] bool mid_pipeline() const { return exchange_.next() != exchange::action::done; }

    /// Taken once, when connecting; for PQcancel on another thread, also after this connection is gone.
    [[nodiscard]] std::shared_ptr<pg_cancel> const& cancel_handle() const { return cancel_; }

    void cancel_begins() { cancel_under_way_ = true; }

    void cancel_ended();
    /// False where it has not ended by the deadline.
    [[nodiscard]] static boost::asio::awaitable<bool> cancel_is_over(std::shared_ptr<connection> self,
                                                                     clock::time_point deadline);

    /// Closes, and ends all waits. Twice is harmless.
    void shut();
    /// Why it is broken; an empty message where it is not.
    [[nodiscard]] diagnostics why() const;

  private:
    connection(boost::asio::any_io_executor const& loop, raw_connection raw, std::size_t statements,
               notice_handler on_notice);

    static void receive_notice(void* self, pg_result const* result);
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> wait(exchange::action what);
    void note_plan(command const& sent);
    void take_result();
    [[nodiscard]] bool has_more();
    [[nodiscard]] bool has_deciphered() const;
    void take_input();
    void finish_exchange();
    void after_call();
    void arm_watch();

    raw_connection raw_;
    boost::asio::posix::stream_descriptor socket_;
    boost::asio::steady_timer limit_, cancel_over_;
    std::shared_ptr<pg_cancel> cancel_;
    notice_handler on_notice_;
    std::function<void()> on_lost_;
    std::vector<notice> notices_;      ///< received inside of a libpq call, told after it
    std::optional<diagnostics> fatal_; ///< the server's parting words while idle
    std::optional<diagnostics> lost_;
    std::optional<statement_cache> cache_;
    exchange exchange_;
    std::vector<step_notes> step_notes_;
    std::uint64_t drive_number_ = 0, watch_number_ = 0; ///< a handler that is already queued finds its number passed
    unsigned reads_left_ = 0;                           ///< until the next wait
    unsigned pieces_ = 0;                               ///< that have come without a wait since `drive` began
    enum class buffer { usual, too_small, grown } buffer_ = buffer::usual; ///< libpq's, for what is read
    bool expired_ = false, spoilt_ = false, cancel_under_way_ = false;
};

} // namespace bridgewatch::pg
