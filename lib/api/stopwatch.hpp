#pragma once

#include "lib/http/message.hpp"

#include <chrono>
#include <string_view>

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

/// The stage of a traced request that lasts as long as this lives.
class timed_stage {
  public:
    /// @param name with static storage
    timed_stage(http::request_notes& notes, std::string_view name)
        : notes_{notes}, name_{name}, begun_{std::chrono::steady_clock::now()}
    {
    }

    ~timed_stage() { notes_.add({.name = name_, .begun = begun_, .ended = std::chrono::steady_clock::now()}); }

    timed_stage(timed_stage const&) = delete;
    timed_stage& operator=(timed_stage const&) = delete;

  private:
    http::request_notes& notes_;
    std::string_view name_;
    std::chrono::steady_clock::time_point begun_;
};

/// What making a body of rows is called in traces.
inline constexpr std::string_view serialize = "serialize";

} // namespace bridgewatch::api
