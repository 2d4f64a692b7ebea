#pragma once

#include "db/store/counting.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>

#include <optional>
#include <utility>

/// A count that may take long, on a connection of its own: the answer takes as long as the longer of page and count.
namespace bridgewatch::store {

/// Whether the question wants that: an exact count, and a connection that is free for it and was not used yet.
[[nodiscard]] bool may_count_beside(count_question const& question);

/// Begins a snapshot and brings the spare connection into it (PostgreSQL, "Snapshot Synchronization Functions"). A
/// pooler with few connections may have no second one while the first is held, so the spare one has a moment for it.
/// @return whether both are in it; the first is in any case. On a standby snapshots cannot be shared.
/// Errors: of the first, those of lease::run, server_error.
[[nodiscard]] boost::asio::awaitable<pg::outcome<bool>> share_snapshot(pg::lease& first, spare_connection& spare,
                                                                       pg::steady_time deadline);

/// Counts in the transaction that has begun on that connection, and ends it.
[[nodiscard]] boost::asio::awaitable<pg::outcome<count_answer>> count_in_snapshot(counting count, pg::lease& on,
                                                                                  pg::steady_time deadline);

/// Runs both at a time. A page that fails, or whose cursor names no row, ends the count: its connection comes back when
/// its statement is cancelled.
template <class Answer>
boost::asio::awaitable<pg::outcome<Answer>> beside(boost::asio::awaitable<pg::outcome<Answer>> page,
                                                   boost::asio::awaitable<pg::outcome<count_answer>> count)
{
    using namespace boost::asio::experimental::awaitable_operators;

    struct needs_no_count {};

    using waiting_page = boost::asio::awaitable<pg::outcome<Answer>>;
    std::optional<pg::outcome<Answer>> read;
    // What throws is what makes && cancel the other side.
    auto const read_page = [](waiting_page of,
                              std::optional<pg::outcome<Answer>>& into) -> boost::asio::awaitable<void> {
        auto got = co_await std::move(of);
        into.emplace(std::move(got));
        if (into->has_error() || !(*into)->cursor_found)
            throw needs_no_count{};
    };
    try {
        auto const counted = co_await (read_page(std::move(page), read) && std::move(count));
        if (counted.has_error())
            co_return counted.error();
        (*read)->count = *counted;
    } catch (needs_no_count const& /*page*/) {
        co_return std::move(*read);
    } catch (boost::asio::multiple_exceptions const& /*both*/) {
        // The count was between two round trips when it was cancelled, or both sides were from outside.
        if (!read || (read->has_value() && (*read)->cursor_found))
            throw;
    }
    co_return std::move(*read);
}

} // namespace bridgewatch::store
