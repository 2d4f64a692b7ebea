#include "lib/api/schema_watch.hpp"

#include "db/schema/probe.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds probe_limit{2};
/// A failed probe is tried again after this; the pool's own backoff keeps connects apart.
constexpr std::chrono::milliseconds retry_pause{300};

} // namespace

schema_watch::schema_watch(asio::any_io_executor const& loop, pg::pool& connections,
                           std::function<void(bool, std::string const&)> on_change, std::function<void(bool)> on_probe)
    : connections_{connections},
      wake_{loop},
      looked_{loop, steady_clock::time_point::max()},
      ended_{loop, steady_clock::time_point::max()},
      on_change_{std::move(on_change)},
      on_probe_{std::move(on_probe)}
{
}

void schema_watch::stop()
{
    stopped_ = true;
    wake_.cancel();
    ended_.cancel();
}

void schema_watch::recheck()
{
    due_ = true;
    wake_.cancel();
}

void schema_watch::is(std::shared_ptr<schema::shape const> shape, std::string reason)
{
    bool const good = shape != nullptr;
    bool const news = good != (current_ != nullptr) || reason != reason_ || (good && !(*shape == *current_));
    current_ = std::move(shape);
    reason_ = std::move(reason);
    if (news)
        on_change_(good, reason_);
}

asio::awaitable<void> schema_watch::first_look()
{
    if (steady_clock::now() < looked_.expiry())
        co_await looked_.async_wait(no_throw);
}

asio::awaitable<void> schema_watch::look_again(pg::steady_time deadline)
{
    // One that has begun already may have looked before the change.
    auto const wanted = probes_begun_ + 1;
    recheck();
    asio::steady_timer limit{ended_.get_executor(), deadline};
    limit.async_wait([this](boost::system::error_code stopped) {
        if (!stopped)
            ended_.cancel();
    });
    while (last_ended_ < wanted && !stopped_ && steady_clock::now() < deadline)
        co_await ended_.async_wait(no_throw);
}

asio::awaitable<bool> schema_watch::probe()
{
    auto const deadline = steady_clock::now() + probe_limit;
    auto lease = co_await connections_.acquire(deadline, pg::standing::under_way);
    if (lease.has_error()) {
        if (!current_)
            is(nullptr, "The database cannot be reached.");
        co_return false; // a known shape stays: the database is away, not changed
    }
    pg::batch steps{schema::probe_statement()};
    auto const ran = co_await lease->run(std::move(steps), deadline);
    if (ran.has_error() || ran->back().has_error()) {
        if (!current_)
            is(nullptr, "The database does not answer.");
        co_return false;
    }
    auto const shape = schema::read_probe(*ran->back());
    if (shape.has_error()) {
        is(nullptr, shape.error());
        co_return false;
    }
    is(std::make_shared<schema::shape const>(*shape), {});
    co_return true;
}

asio::awaitable<void> schema_watch::run()
{
    looked_.expires_after(probe_limit);
    while (!stopped_) {
        bool settled = true;
        if (std::exchange(due_, false)) {
            auto const number = ++probes_begun_;
            settled = co_await probe();
            on_probe_(settled);
            last_ended_ = number;
            ended_.cancel();
        }
        if (looked_.expiry() != steady_clock::time_point::min())
            looked_.expires_at(steady_clock::time_point::min());
        if (stopped_)
            break;
        if (due_)
            continue;
        due_ = !settled;
        wake_.expires_at(settled ? steady_clock::time_point::max() : steady_clock::now() + retry_pause);
        co_await wake_.async_wait(no_throw);
    }
}

} // namespace bridgewatch::api
