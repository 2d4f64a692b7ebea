#pragma once

#include "app/serve_options.hpp"
#include "app/telemetry.hpp"
#include "db/pg/pool.hpp"
#include "lib/api/replica_watch.hpp"
#include "lib/api/schema_watch.hpp"
#include "lib/api/service.hpp"
#include "lib/api/slow_plans.hpp"
#include "lib/http/server.hpp"
#include "lib/observe/access_line.hpp"
#include "lib/observe/log.hpp"
#include "lib/observe/tracer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::app {

/// Every loop learns about the schema for itself; the log is told once.
class schema_news {
  public:
    /// @return whether this has not just been said.
    [[nodiscard]] bool is_new(bool good, std::string const& reason)
    {
        std::lock_guard const lock{mutex_};
        auto now = std::pair{good, reason};
        return std::exchange(last_, now) != now;
    }

  private:
    std::mutex mutex_;
    std::optional<std::pair<bool, std::string>> last_;
};

/// What the loops of a process share.
struct shared_parts {
    pg::connection_options database;
    std::unique_ptr<pg::blocking_calls> helpers;
    /// Null where there is no other host. Not the same: a host that hangs holds its own.
    std::unique_ptr<pg::blocking_calls> helpers_elsewhere;
    observe::logger& log;
    app::telemetry& telemetry;
    std::shared_ptr<http::server_state> connections;
    std::uint64_t seed; ///< of at_work, and of each loop's own
    std::shared_ptr<api::key_places> at_work;
    std::shared_ptr<api::failed_attempts> failures; ///< null: no limit
    /// So that health is told past the bounds of the API's port.
    std::shared_ptr<http::server_state> admin_connections = http::make_server_state();
    schema_news news = {};
    std::shared_ptr<http::tls_identity> tls = {}; ///< null: plain HTTP
    std::shared_ptr<std::atomic<bool>> draining = std::make_shared<std::atomic<bool>>(false);
    std::atomic<bool> wants_replica{true}; ///< /metrics has been read since the first loop looked
};

/// The bounds of the API's servers.
[[nodiscard]] http::limits limits_of(serve_options const& options);

/// Which of the loops it is, and what it has of the pool.
struct loop_place {
    std::size_t index = 0, pool_share = 1;
};

/// The sockets of one loop, and the io_context that they belong to.
struct loop_listeners {
    std::unique_ptr<boost::asio::io_context> context;
    std::vector<http::listener> api, admin;
};

/// One thread's worth of server: an io_context, its share of the pool, its listeners. Nothing here is shared but
/// what `shared_parts` names.
class serving_loop {
  public:
    serving_loop(loop_listeners listeners, serve_options const& options, loop_place where, shared_parts& shared);
    ~serving_loop();
    serving_loop(serving_loop const&) = delete;
    serving_loop& operator=(serving_loop const&) = delete;

    [[nodiscard]] boost::asio::io_context& context() { return *listeners_context_; }

    /// Schedules all coroutines. Call once, before or while the context runs.
    void start();
    /// Drains: no new connections, running requests finish, the pool closes. Returns when nothing is left, at the
    /// latest as long after the deadline as pools may take to close. On the loop.
    [[nodiscard]] boost::asio::awaitable<void> shut_down(pg::steady_time deadline, std::chrono::milliseconds for_pools);

  private:
    [[nodiscard]] std::unique_ptr<pg::pool> make_elsewhere(serve_options const& options, std::size_t pool_share);
    void note(observe::pool_host host, pg::event const& event);
    void note(api::event const& event);
    void note_slow(api::slow_statement const& what);
    [[nodiscard]] http::observer observer(bool log_queries);
    [[nodiscard]] boost::asio::awaitable<http::response> answer(http::request const& request,
                                                                http::request_notes& notes, bool is_admin);
    [[nodiscard]] api::service_settings settings_of_service(serve_options const& options, std::size_t pool_share);
    /// Every now and then: how late the loop is, and how it stands.
    void beat();
    void publish(std::chrono::steady_clock::time_point now);

    shared_parts& shared_;
    observe::loop_metrics& metrics_;
    std::unique_ptr<boost::asio::io_context> listeners_context_;
    boost::asio::steady_timer heartbeat_;
    observe::access_sampler sampler_;
    std::optional<observe::tracer> tracer_;
    std::size_t pool_size_;
    pg::pool pool_;
    std::unique_ptr<pg::pool> elsewhere_; ///< as large, and opened when needed; null where there is one host
    api::schema_watch schema_;
    std::optional<api::slow_plans> slow_plans_;
    std::optional<api::replica_watch> replica_; ///< on the first loop
    api::service service_;
    http::server api_server_;
    std::optional<http::server> admin_server_;
    bool is_stopping_ = false, is_log_crowded_ = false;
};

} // namespace bridgewatch::app
