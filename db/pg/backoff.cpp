#include "db/pg/backoff.hpp"

#include <algorithm>

namespace bridgewatch::pg {

std::chrono::milliseconds backoff(std::size_t failures, std::chrono::milliseconds min, std::chrono::milliseconds max,
                                  double random)
{
    auto full = min;
    for (std::size_t i = 1; i < failures && full < max; ++i)
        full *= 2;
    full = std::min(full, max);
    auto const kept = 1.0 - random / 2;
    return std::chrono::milliseconds{
        static_cast<std::chrono::milliseconds::rep>(static_cast<double>(full.count()) * kept)};
}

std::size_t connects_wanted(pool_counts const& now)
{
    if (now.paused)
        return 0;
    if (now.open == 0)
        return now.connecting == 0 ? 1 : 0;
    auto const coming = now.connecting + now.checking;
    auto const lacking = now.waiting > coming ? now.waiting - coming : 0;
    auto const room = now.size - std::min(now.size, now.open + now.connecting);
    return std::min(lacking, room);
}

} // namespace bridgewatch::pg
