#pragma once

#include <chrono>
#include <cstddef>

/// How the pool paces itself, as plain functions; randomness comes in.
namespace bridgewatch::pg {

/// Pause after the `failures`-th failed connect in a row (1 for the first): doubles from `min` up to `max`, then
/// shortened by up to half, so that pools which lost the same database do not come back in step.
/// @param random in [0, 1)
[[nodiscard]] std::chrono::milliseconds backoff(std::size_t failures, std::chrono::milliseconds min,
                                                std::chrono::milliseconds max, double random);

struct pool_counts {
    std::size_t size = 0; ///< most connections allowed
    std::size_t open = 0; ///< idle, being checked, lent, recovering
    std::size_t connecting = 0;
    std::size_t checking = 0; ///< of the open ones: will be free soon
    std::size_t waiting = 0;
    bool paused = false; ///< a backoff is running
};

/// How many connects to begin now. With none open a single one tells whether the database is there, and is made
/// also when nobody waits: one connection is kept for the next caller. Else as many as callers lack.
[[nodiscard]] std::size_t connects_wanted(pool_counts const& now);

} // namespace bridgewatch::pg
