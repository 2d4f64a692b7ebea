#include "lib/api/replica_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds pause{5}, interest{60}, limit{1};

} // namespace

replica_watch::replica_watch(asio::any_io_executor const& loop, pg::pool& connections, std::atomic<bool>& wanted,
                             std::function<void(std::optional<store::replica_state> const&)> on_answer)
    : connections_{connections}, wake_{loop}, wanted_{wanted}, on_answer_{std::move(on_answer)}
{
}

void replica_watch::stop()
{
    stopped_ = true;
    wake_.cancel();
}

/// As a newcomer, and only where it need not wait long: those who read the log go first.
asio::awaitable<void> replica_watch::look()
{
    auto const deadline = steady_clock::now() + limit;
    auto lease = co_await connections_.acquire(deadline);
    if (lease.has_error()) {
        on_answer_(std::nullopt);
        co_return;
    }
    auto const state = co_await store::read_replica_state(*lease, limit, deadline);
    if (state.has_error())
        on_answer_(std::nullopt);
    else
        on_answer_(*state);
}

asio::awaitable<void> replica_watch::try_to_look()
{
    try {
        co_await look();
    } catch (std::exception const&) { // no memory, say
        on_answer_(std::nullopt);
    }
}

asio::awaitable<void> replica_watch::run()
{
    auto until = steady_clock::now() + interest;
    while (!stopped_) {
        if (wanted_.exchange(false, std::memory_order_relaxed))
            until = steady_clock::now() + interest;
        if (steady_clock::now() < until)
            co_await try_to_look();
        else
            on_answer_(std::nullopt); // what was found is too old to be told
        if (stopped_)
            break;
        wake_.expires_after(pause);
        auto const [woken] = co_await wake_.async_wait(no_throw);
        static_cast<void>(woken);
    }
}

} // namespace bridgewatch::api
