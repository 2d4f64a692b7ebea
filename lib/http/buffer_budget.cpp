#include "lib/http/buffer_budget.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace bridgewatch::http {

namespace asio = boost::asio;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

} // namespace

buffer_share::buffer_share(std::shared_ptr<buffer_budget> of, std::size_t bytes) : of_{std::move(of)}, bytes_{bytes} {}

buffer_share::buffer_share(buffer_share&& other) noexcept
    : of_{std::move(other.of_)}, bytes_{std::exchange(other.bytes_, 0)}
{
}

buffer_share& buffer_share::operator=(buffer_share&& other) noexcept
{
    std::swap(of_, other.of_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

// A mutex that cannot be locked is a fault of the program, and the end of it.
// NOLINTNEXTLINE(bugprone-exception-escape)
buffer_share::~buffer_share()
{
    if (of_)
        of_->give_back(bytes_);
}

void buffer_share::resize(std::size_t bytes)
{
    auto const before = std::exchange(bytes_, bytes);
    if (bytes > before)
        of_->used_.fetch_add(bytes - before);
    else
        of_->give_back(before - bytes);
}

struct buffer_budget::waiter {
    asio::steady_timer wake; ///< touched on its own loop only
    std::size_t bytes;
    bool granted = false; ///< under the mutex
};

/// A place in the queue, whatever becomes of the coroutine that waits there.
class buffer_budget::place {
  public:
    place(buffer_budget& of, std::shared_ptr<waiter> who) : of_{of}, who_{std::move(who)}
    {
        std::lock_guard const lock{of_.queue_mutex_};
        of_.queue_.push_back(who_);
        ++of_.waiting_;
    }

    place(place const&) = delete;
    place& operator=(place const&) = delete;

    // NOLINTNEXTLINE(bugprone-exception-escape): as above
    ~place()
    {
        auto const unused = leave();
        if (unused)
            of_.give_back(who_->bytes);
        else
            of_.serve_waiters(); // those behind may want less
    }

    [[nodiscard]] bool is_granted() const
    {
        std::lock_guard const lock{of_.queue_mutex_};
        return who_->granted;
    }

    /// @return whether the room is the caller's, from now on.
    [[nodiscard]] bool leave()
    {
        std::lock_guard const lock{of_.queue_mutex_};
        if (std::exchange(who_->granted, false))
            return true;
        of_.waiting_ -= std::erase(of_.queue_, who_);
        return false;
    }

  private:
    buffer_budget& of_;
    std::shared_ptr<waiter> who_;
};

std::optional<buffer_share> buffer_budget::try_take(std::size_t bytes)
{
    if (waiting_.load() != 0 || !add(bytes))
        return std::nullopt;
    return buffer_share{shared_from_this(), bytes};
}

asio::awaitable<std::optional<buffer_share>> buffer_budget::take(std::size_t bytes,
                                                                 std::chrono::steady_clock::time_point by)
{
    if (auto at_once = try_take(bytes))
        co_return at_once;
    auto const self = shared_from_this();
    auto const executor = co_await asio::this_coro::executor;
    auto const who = std::make_shared<waiter>(asio::steady_timer{executor, by}, bytes);
    place queued{*self, who};
    serve_waiters(); // room may have come in between
    if (!queued.is_granted())
        co_await who->wake.async_wait(no_throw); // rung by a grant, the deadline, or a cancellation
    if (queued.leave())
        co_return buffer_share{self, bytes};
    co_return std::nullopt;
}

buffer_share buffer_budget::charge(std::size_t bytes)
{
    used_.fetch_add(bytes);
    return {shared_from_this(), bytes};
}

bool buffer_budget::add(std::size_t bytes)
{
    auto used = used_.load();
    do {
        if (used != 0 && (bytes > limit_ || used > limit_ - bytes))
            return false;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
}

void buffer_budget::give_back(std::size_t bytes)
{
    used_.fetch_sub(bytes);
    if (waiting_.load() != 0)
        serve_waiters();
}

void buffer_budget::serve_waiters()
{
    std::lock_guard const lock{queue_mutex_};
    while (!queue_.empty() && add(queue_.front()->bytes)) {
        auto const who = std::move(queue_.front());
        queue_.pop_front();
        --waiting_;
        who->granted = true;
        // Who waits keeps its loop alive until it has left the queue, which takes this mutex.
        asio::post(who->wake.get_executor(), [who] { who->wake.cancel(); });
    }
}

} // namespace bridgewatch::http
