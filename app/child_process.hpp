#pragma once

#include "app/descriptor.hpp"

#include <boost/system/result.hpp>

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::app {

/// An account of this machine to run a child as.
struct account {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
};

/// Empty where there is no such account.
[[nodiscard]] std::optional<account> find_account(std::string const& name);

/// Turns this process into one of that account, for good. Async-signal-safe. False where we may not.
[[nodiscard]] bool become(account const& who);

struct child_settings {
    std::vector<std::string> arguments; ///< [0] is the program, looked up in PATH where it has no slash
    std::optional<std::vector<std::string>> environment; ///< "NAME=value"; ours where absent
    std::optional<account> run_as;                       ///< needs root
    int output = -1;                                     ///< descriptor for its stdout; -1: ours
    int error_output = -1;                               ///< descriptor for its stderr; -1: ours
    int signal_at_our_death = 0; ///< sent to it by the kernel when the thread that started it ends; 0: none
};

struct exit_status {
    int code = 0;   ///< what it returned; 127 where the program could not be run
    int signal = 0; ///< the signal that ended it, else 0
    friend bool operator==(exit_status const&, exit_status const&) = default;
};

/// A running child: its stdin is /dev/null, it has a process group of its own (Ctrl-C in the terminal reaches only
/// us), default signal dispositions, and none of our descriptors. Killed and reaped by the destructor.
class child_process {
  public:
    /// Errors: one line, why no process could be made.
    [[nodiscard]] static boost::system::result<child_process, std::string> start(child_settings const& settings);

    child_process(child_process&& other) noexcept;
    child_process& operator=(child_process&& other) noexcept;
    ~child_process();

    [[nodiscard]] pid_t pid() const { return pid_; }

    [[nodiscard]] bool is_running();
    void send(int signal);

    /// Waits until it ends. Empty at the limit.
    [[nodiscard]] std::optional<exit_status> wait(std::chrono::milliseconds limit);

  private:
    explicit child_process(pid_t pid) : pid_{pid} {}

    void reap(int options);
    void end();
    pid_t pid_ = -1;
    std::optional<exit_status> status_;
};

/// Waits until a process that need not be our child is gone. False at the limit.
[[nodiscard]] bool wait_until_gone(pid_t pid, std::chrono::milliseconds limit);

/// A file in memory that a child writes to: it never has to wait for us to read, however much it writes.
class capture {
  public:
    capture();

    [[nodiscard]] int file() const { return file_.get(); }

    [[nodiscard]] std::string text() const; ///< all that was written so far

  private:
    descriptor file_;
};

struct finished_child {
    exit_status status;
    std::string output; ///< stdout and stderr, as they came
};

/// Runs a child to its end. Error: one line, also where it has not ended at the limit and was killed.
[[nodiscard]] boost::system::result<finished_child, std::string> run_to_end(child_settings settings,
                                                                            std::chrono::milliseconds limit);

} // namespace bridgewatch::app
