#pragma once

#include "app/serve_options.hpp"
#include "db/store/replica.hpp"
#include "lib/http/server.hpp"
#include "lib/observe/log.hpp"
#include "lib/observe/metrics.hpp"
#include "lib/observe/otlp_exporter.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace bridgewatch::app {

/// What can be changed while it serves: SIGHUP reads it from --config again.
struct live_options {
    observe::log_level log_level = observe::log_level::info;
    std::chrono::milliseconds slow_query{};

    [[nodiscard]] static live_options of(serve_options const& options);
};

/// What the process tells about itself besides its log, for all loops.
class telemetry {
  public:
    telemetry(serve_options const& options, observe::logger& log);

    /// Any thread.
    void apply(live_options const& now);

    void set_replica(std::optional<store::replica_state> const& state);

    /// Has the metrics ask for the process's state. All arguments must outlive the metrics' use.
    void watch(http::server_state const& connections, http::limits const& bounds, std::atomic<bool> const& draining);

    observe::metrics metrics;
    std::shared_ptr<observe::otlp_exporter> spans;         ///< null: nothing is exported
    std::shared_ptr<std::atomic<std::int64_t>> slow_after; ///< microseconds; 0: never

  private:
    observe::logger& log_;
    std::mutex mutex_;
    std::optional<store::replica_state> replica_; ///< under the mutex
};

/// Text with colours where standard error is a terminal that shows them (no-color.org).
[[nodiscard]] observe::log_format log_format_of(serve_options const& options);

} // namespace bridgewatch::app
