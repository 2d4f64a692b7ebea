#pragma once

#include "lib/http/server.hpp"
#include "lib/observe/log.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace bridgewatch::observe {

/// Writes the line of one request: level info, warn for a fault of ours (status 5xx). The target, headers and body
/// never get in, so no token does; `q` stands in it only with `log_queries` (--log-queries).
/// @param left_out how many lines before it were not written (access_sampler)
void write_access_line(logger& log, http::access_event const& what, bool log_queries, std::uint64_t left_out = 0);

/// Which access lines are written where there are too many: in overload most are of refusals, each like the other.
/// One per loop; its loop only, but for left_out().
class access_sampler {
  public:
    /// @return how many lines were left out since the last one, where this one is to be written; else nothing.
    /// @param is_crowded the log can hardly keep up
    [[nodiscard]] std::optional<std::uint64_t> admit(int status, std::chrono::steady_clock::time_point now,
                                                     bool is_crowded);

    /// Of all time. Any thread.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_.load(std::memory_order_relaxed); }

  private:
    std::chrono::steady_clock::time_point second_begun_;
    std::uint64_t refusals_ = 0, others_ = 0; ///< in this second
    std::uint64_t told_ = 0;                  ///< of those left out
    std::atomic<std::uint64_t> left_out_{0};
};

} // namespace bridgewatch::observe
