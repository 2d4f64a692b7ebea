#pragma once

#include "app/child_process.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::test {

using app::exit_status;

/// A program under test. Its output goes to memory, so that it never waits for us to read; it is killed when this
/// object goes away, and by the kernel when the test program dies. Start it from a thread that outlives it.
class process {
  public:
    /// @param arguments   [0] is the program
    /// @param environment added to ours; an empty value takes the variable away
    /// @param run_as      another account, which needs root
    /// Throws std::runtime_error where no process can be made.
    explicit process(std::vector<std::string> const& arguments,
                     std::vector<std::pair<std::string, std::string>> const& environment = {},
                     std::optional<app::account> const& run_as = std::nullopt);

    void send(int signal) { child_.send(signal); }

    [[nodiscard]] bool is_running() { return child_.is_running(); }

    [[nodiscard]] pid_t pid() const { return child_.pid(); }

    /// Empty where it has not ended within the limit.
    [[nodiscard]] std::optional<exit_status> wait(std::chrono::milliseconds limit) { return child_.wait(limit); }

    [[nodiscard]] std::string output() const { return output_.text(); } ///< stdout so far

    [[nodiscard]] std::string errors() const { return errors_.text(); } ///< stderr so far

    /// Waits until its stdout or stderr holds `text`. False at the limit, or when it ends without having said it.
    [[nodiscard]] bool wait_for_text(std::string_view text, std::chrono::milliseconds limit);

  private:
    app::capture output_, errors_;
    app::child_process child_;
};

/// A program run to its end.
struct finished {
    exit_status status;
    std::string output, errors;
};

/// Throws std::runtime_error, with what it wrote, where it has not ended within the limit.
[[nodiscard]] finished run(std::vector<std::string> const& arguments,
                           std::vector<std::pair<std::string, std::string>> const& environment = {},
                           std::chrono::milliseconds limit = std::chrono::milliseconds{60'000});

/// What a line of /proc/PID/status says: "1" for NoNewPrivs, "21000 kB" for VmHWM. Empty where there is none.
/// Source: proc(5).
[[nodiscard]] std::string status_line(pid_t process, std::string_view name);

} // namespace bridgewatch::test
