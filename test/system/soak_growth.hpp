#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace bridgewatch::test::soak {

/// How a process's memory goes, as /proc has it.
class growth {
  public:
    explicit growth(pid_t of) : of_{of}, began_{std::chrono::steady_clock::now()} {}

    void look();

    [[nodiscard]] std::size_t resident_kib() const;
    [[nodiscard]] std::size_t descriptors() const; ///< open ones

    /// Of the time after warm-up, its first third: what a straight line through it gains, KiB.
    [[nodiscard]] double gain_kib() const;

    [[nodiscard]] std::string summary() const;

    /// Fails a test where memory grows: by a line through a long run, by its level in a short one.
    void expect_flat(bool is_long) const;

  private:
    struct sample {
        double seconds, kib;
    };

    [[nodiscard]] std::vector<sample> after_warm_up() const;

    pid_t of_;
    std::chrono::steady_clock::time_point began_;
    std::vector<sample> samples_;
};

} // namespace bridgewatch::test::soak
