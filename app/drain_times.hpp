#pragma once

#include <algorithm>
#include <chrono>

namespace bridgewatch::app {

/// What --drain-timeout is divided into: requests have what the margin leaves, so that a short one is for them too.
struct drain_times {
    std::chrono::milliseconds whole;

    /// Kept back for all that follows.
    [[nodiscard]] std::chrono::milliseconds margin() const
    {
        return std::min(std::chrono::milliseconds{1250}, whole / 4);
    }

    [[nodiscard]] std::chrono::milliseconds to_close_pools() const { return margin() * 2 / 5; }

    /// Each of two.
    [[nodiscard]] std::chrono::milliseconds to_end_helpers() const { return margin() * 7 / 50; }

    [[nodiscard]] std::chrono::milliseconds for_last_spans() const { return margin() * 8 / 25; }
};

} // namespace bridgewatch::app
