#pragma once

#include "lib/observe/log_line.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace bridgewatch::observe {

struct log_options {
    log_format format = log_format::json;
    log_level level = log_level::info;
    std::size_t queue_lines = 8192; ///< waiting for the writer; past it the oldest is lost, and counted
    int output = 2;                 ///< descriptor, not owned
};

/// The process's log: one line per event, written by a thread of its own. May be called from any thread and never waits
/// for the output. Where it cannot keep up, or refuses them (a full disk), lines are lost; a line `log_lines_lost` says
/// how many, as soon as one gets through. A line `clock_stepped` says by how many milliseconds the wall clock was set
/// (`by_ms`, negative for back), at the latest a second after it.
class logger {
  public:
    explicit logger(log_options const& options);
    logger(logger const&) = delete;
    logger& operator=(logger const&) = delete;
    /// Writes what waits.
    ~logger();

    [[nodiscard]] bool enabled(log_level level) const;
    /// From now on.
    void set_level(log_level level);
    /// The queue is half full: the output can hardly keep up.
    [[nodiscard]] bool is_crowded() const;

    /// @param event  snake_case, static: what happened; the fields say with whom and how much.
    void write(log_level level, std::string_view event, std::initializer_list<field> fields = {});
    void write(log_level level, std::string_view event, std::span<field const> fields);

    /// Of all time, for whichever reason.
    [[nodiscard]] std::uint64_t lost_lines() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace bridgewatch::observe
