#pragma once

#include "db/pg/pool_core.hpp"

#include <chrono>

/// What the suites of pool_core share.
namespace bridgewatch::pg {

using core = pool_core;

inline constexpr core::time_point t0{std::chrono::hours{1}};
inline constexpr core::limits two_slots{.size = 2,
                                        .waiters = 3,
                                        .backoff_min = std::chrono::milliseconds{50},
                                        .backoff_max = std::chrono::milliseconds{1000},
                                        .check_after = std::chrono::seconds{15}};

inline core::waiter caller(core::waiter_id id, core::time_point deadline = t0 + std::chrono::hours{1})
{
    return {.id = id, .deadline = deadline};
}

inline bool same(core::actions const& got, core::actions const& wanted)
{
    return got == wanted;
}

} // namespace bridgewatch::pg
