#pragma once

#include <chrono>

namespace bridgewatch::api {

/// Adds the time it lived to a sum: what a request spent in the database.
class stopwatch {
  public:
    explicit stopwatch(std::chrono::microseconds& sum) : sum_{sum}, start_{std::chrono::steady_clock::now()} {}

    ~stopwatch()
    {
        sum_ += std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_);
    }

    stopwatch(stopwatch const&) = delete;
    stopwatch& operator=(stopwatch const&) = delete;

  private:
    std::chrono::microseconds& sum_;
    std::chrono::steady_clock::time_point start_;
};

} // namespace bridgewatch::api
