#include "app/resources.hpp"

#include "lib/core/memory.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace bridgewatch::app {
namespace {

/// Standard streams, the loop for signals with its pipe, libraries.
constexpr std::size_t descriptors_of_process = 12;
/// An epoll, its timer, and what wakes it; beside them each listener has a spare one.
constexpr std::size_t descriptors_of_loop = 3;

constexpr std::size_t least_connections = 4;

/// What is left of memory is for the program, the heap's gaps, connections, and what libpq reads ahead.
constexpr std::int64_t part_for_answers = 4;
constexpr std::int64_t least_buffered_bytes = std::int64_t{1} << 20;

} // namespace

resources take_resources()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    return {.descriptors = limit.rlim_cur, .memory = core::memory_limit()};
}

fitted_bounds fit(serve_options const& options, std::size_t pools, resources const& within)
{
    fitted_bounds out;
    auto const listeners = std::max<std::size_t>(1, options.listen.size()) + options.admin_listen.size();
    // A statement is cancelled over a connection of its own; that half of them are at one time is rare.
    auto const of_database = pools * std::max(options.pool_size, options.threads) * 3 / 2;
    auto const taken = descriptors_of_process + options.threads * (descriptors_of_loop + 2 * listeners) + of_database;
    auto const left = within.descriptors > taken ? within.descriptors - taken : 0;
    out.turned_away = std::clamp<std::size_t>(left / 8 / options.threads, 1, options.http.turned_away);
    if (!options.admin_listen.empty())
        out.admin_connections = std::clamp<std::size_t>(left / 8, least_connections, options.admin_connections);
    auto const kept = out.turned_away * options.threads + out.admin_connections;
    out.connections = std::clamp<std::size_t>(left > kept ? left - kept : 0, least_connections,
                                              std::max(least_connections, options.http.connections));
    out.connections = std::min(out.connections, options.http.connections);
    constexpr auto most_buffered_bytes = static_cast<std::int64_t>(http::default_buffered_bytes);
    out.buffered_bytes = options.max_buffered_bytes;
    if (out.buffered_bytes == 0)
        out.buffered_bytes = within.memory ? std::clamp<std::int64_t>(*within.memory / part_for_answers,
                                                                      least_buffered_bytes, most_buffered_bytes)
                                           : most_buffered_bytes;
    return out;
}

} // namespace bridgewatch::app
