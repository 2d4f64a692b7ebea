#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

namespace bridgewatch::http {

class buffer_budget;

/// Bytes of a budget that an answer has in memory. Gives them back when destroyed; move-only.
class buffer_share {
  public:
    buffer_share(std::shared_ptr<buffer_budget> of, std::size_t bytes);
    buffer_share(buffer_share&& other) noexcept;
    buffer_share& operator=(buffer_share&& other) noexcept;
    ~buffer_share();

    /// What it has become, whether there is room or not: the bytes are there already.
    void resize(std::size_t bytes);

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    std::shared_ptr<buffer_budget> of_;
    std::size_t bytes_ = 0;
};

/// How many bytes the answers of a process may have in memory at one time: what is read for them, and what is made of
/// it until it is sent. Any thread may call any member; the common case takes no lock.
class buffer_budget : public std::enable_shared_from_this<buffer_budget> {
  public:
    explicit buffer_budget(std::size_t limit) : limit_{limit} {}

    buffer_budget(buffer_budget const&) = delete;
    buffer_budget& operator=(buffer_budget const&) = delete;

    /// Takes room without waiting; empty where there is none, or where others wait for some.
    [[nodiscard]] std::optional<buffer_share> try_take(std::size_t bytes);

    /// Waits for room, in order of arrival over all threads. More than the limit is given when all else has been given
    /// back, so that nothing is too large for ever.
    /// @return empty where there is none by the deadline (steady clock), or after a terminal cancellation.
    [[nodiscard]] boost::asio::awaitable<std::optional<buffer_share>> take(std::size_t bytes,
                                                                           std::chrono::steady_clock::time_point by);

    /// Counts bytes that are in memory already, room or not.
    [[nodiscard]] buffer_share charge(std::size_t bytes);

    /// How many wait for room.
    [[nodiscard]] std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

    [[nodiscard]] std::size_t limit() const { return limit_; }

    [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }

  private:
    friend class buffer_share;
    struct waiter;
    class place;

    [[nodiscard]] bool add(std::size_t bytes);
    void give_back(std::size_t bytes);
    void serve_waiters();

    std::size_t const limit_;
    // Sequentially consistent: who begins to wait says so and then looks for room, who gives room back does so and then
    // looks for who waits. One of the two sees the other.
    std::atomic<std::size_t> used_{0};
    std::atomic<std::size_t> waiting_{0};
    std::mutex queue_mutex_;
    std::list<std::shared_ptr<waiter>> queue_;
};

} // namespace bridgewatch::http
