#pragma once

#include "lib/observe/spans.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::observe {

/// Where a collector takes spans.
struct otlp_target {
    std::string host, port, path; ///< path with /v1/traces
    bool is_tls = false;          ///< then the certificate is checked against the system's authorities

    /// "http://collector:4318", "https://host/prefix"; empty for anything else.
    [[nodiscard]] static std::optional<otlp_target> parse(std::string_view url);
};

struct otlp_settings {
    otlp_target to;
    trace_resource from;
    std::size_t queue_requests = 2048; ///< waiting to be sent; past it they are dropped, and counted
    std::size_t batch_requests = 256;
    std::chrono::milliseconds pause{1000};      ///< between two exports, where fewer wait
    std::chrono::milliseconds timeout{5000};    ///< of one export
    unsigned attempts = 3;                      ///< of one batch, with growing pauses
    std::chrono::milliseconds time_to_end{400}; ///< of the destructor
};

struct otlp_counts {
    std::uint64_t spans_exported = 0;
    std::uint64_t spans_dropped_queue = 0;  ///< the queue was full
    std::uint64_t spans_dropped_export = 0; ///< the collector did not take them
    std::uint64_t exports_ok = 0, exports_failed = 0;
};

/// Sends spans to a collector by OTLP/HTTP (JSON), on a thread of its own: nobody waits for it, and memory is bounded.
class otlp_exporter {
  public:
    /// @param on_failure one line for the log, on the exporter's thread: once until it works again
    otlp_exporter(otlp_settings settings, std::function<void(std::string const&)> on_failure);
    otlp_exporter(otlp_exporter const&) = delete;
    otlp_exporter& operator=(otlp_exporter const&) = delete;
    /// Sends what waits, for three quarters of the time to end; the rest is lost.
    ~otlp_exporter();

    /// Any thread; never waits.
    void add(traced_request one);

    /// Any thread.
    [[nodiscard]] otlp_counts counts() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace bridgewatch::observe
