#include "db/pg/pool_impl.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace asio = boost::asio;

namespace bridgewatch::pg {
namespace {

failure ended_by(errc code)
{
    return {.code = code, .diag = {}};
}

} // namespace

lease::lease(std::shared_ptr<pool_impl> owner, std::size_t slot) : owner_{std::move(owner)}, slot_{slot} {}

lease::lease(lease&& other) noexcept : owner_{std::move(other.owner_)}, slot_{other.slot_} {}

lease& lease::operator=(lease&& other) noexcept
{
    std::swap(owner_, other.owner_);
    std::swap(slot_, other.slot_);
    return *this;
}

lease::~lease()
{
    if (owner_)
        owner_->give_back(slot_);
}

asio::awaitable<outcome<step_outcomes>> lease::run(batch steps, steady_time deadline)
{
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    auto const lent = owner_->lent(slot_);
    if (steps.empty())
        co_return step_outcomes{};
    // Nothing is sent for a caller who cannot have the answer; the connection stays good.
    if (cancellation.cancelled() != asio::cancellation_type::none)
        co_return ended_by(errc::cancelled);
    if (deadline <= std::chrono::steady_clock::now())
        co_return ended_by(errc::deadline);
    if (auto const queued = lent->queue(steps); !queued)
        co_return queued.error();
    auto const ended = co_await connection::drive(lent, deadline);
    switch (ended) {
    case connection::ended::done:
        co_return lent->current().take_outcomes();
    case connection::ended::deadline:
        co_return ended_by(errc::deadline);
    case connection::ended::cancelled:
        co_return ended_by(errc::cancelled);
    case connection::ended::broken:
        break;
    }
    failure why{.code = lent->current().why_broken().code, .diag = lent->why()};
    if (why.code == errc{})
        why.code = errc::connection_lost;
    co_return why;
}

} // namespace bridgewatch::pg
