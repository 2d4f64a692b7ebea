#include "db/pg/queue_pace.hpp"

#include <limits>
#include <utility>

namespace bridgewatch::pg {
namespace {

/// Of the newest sample in the mean: what is eight samples old hardly counts.
constexpr double weight = 0.125;

} // namespace

void queue_pace::somebody_waits(time_point now)
{
    if (!std::exchange(moving_, true))
        last_ = now;
}

void queue_pace::nobody_waits()
{
    moving_ = false;
}

void queue_pace::served(time_point now)
{
    if (!moving_)
        return;
    duration const took = now - std::exchange(last_, now);
    each_ = std::exchange(known_, true) ? each_ + (took - each_) * weight : took;
}

std::size_t queue_pace::places_within(std::chrono::milliseconds time) const
{
    constexpr double most = 1e9;
    auto const places = each_.count() > 0 ? duration{time} / each_ : most;
    return places < most ? static_cast<std::size_t>(places) : std::numeric_limits<std::size_t>::max();
}

} // namespace bridgewatch::pg
