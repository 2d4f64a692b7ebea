#pragma once

#include <chrono>
#include <cstddef>

namespace bridgewatch::pg {

/// How fast a queue has moved of late: the mean time between two that are served while others wait. The clock comes in.
class queue_pace {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::duration<double>;

    /// Somebody waits. While somebody does already, nothing changes.
    void somebody_waits(time_point now);
    void nobody_waits();
    /// One who waited is served. Counts only while somebody waits: what is served at once tells nothing of a queue.
    void served(time_point now);

    /// What each place ahead costs; zero as long as nobody has had to wait.
    [[nodiscard]] duration each() const { return each_; }

    /// How many are served within that time: many, as long as nothing is known.
    [[nodiscard]] std::size_t places_within(std::chrono::milliseconds time) const;

  private:
    duration each_{};
    time_point last_;
    bool moving_ = false;
    bool known_ = false;
};

} // namespace bridgewatch::pg
