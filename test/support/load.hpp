#pragma once

#include "test/support/http_client.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bridgewatch::test {

/// Clients that ask without a pause, each on one keep-alive connection which it opens again when it was closed after an
/// answer that said so. Ends with this object.
class load {
  public:
    /// @param body what each answer has to hold; empty: any
    load(std::string address, std::string target, http_headers headers, std::size_t clients, std::string body = {});
    load(load const&) = delete;
    load& operator=(load const&) = delete;
    ~load();

    /// Asks no more, and waits for what is under way.
    void stop();

    [[nodiscard]] std::size_t answered() const { return answered_; } ///< with 200 and the right body

    /// How many requests of each client are over, whatever became of them.
    [[nodiscard]] std::vector<std::size_t> asked() const;

    /// How often which status was answered, and how often something else happened. After stop().
    [[nodiscard]] std::map<std::string, std::size_t> seen() const;

    /// What the slowest answer took. After stop().
    [[nodiscard]] std::chrono::milliseconds longest() const { return longest_; }

    /// Every request without such an answer: what happened. After stop().
    [[nodiscard]] std::vector<std::string> const& failures() const { return failures_; }

  private:
    void ask_on(std::atomic<std::size_t>& asked);
    void note_failure(std::string what);
    void note_time(std::chrono::steady_clock::time_point since);

    std::string address_, target_;
    http_headers headers_;
    std::string body_;
    std::atomic<bool> stopped_ = false;
    std::atomic<std::size_t> answered_ = 0;
    std::mutex failures_mutex_;
    std::vector<std::string> failures_;
    std::chrono::milliseconds longest_{0};
    std::deque<std::atomic<std::size_t>> asked_;
    std::vector<std::jthread> clients_;
};

} // namespace bridgewatch::test
