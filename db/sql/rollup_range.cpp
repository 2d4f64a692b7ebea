#include "db/sql/rollup_range.hpp"

#include <chrono>
#include <tuple>
#include <utility>

namespace bridgewatch::sql {
namespace {

using grammar::sys_micro;

template <class Unit>
time_span rounded(time_span const& of)
{
    auto const to_nearest = [](std::optional<sys_micro> at) {
        return at ? std::optional<sys_micro>{std::chrono::round<Unit>(*at)} : std::nullopt;
    };
    return {.from = to_nearest(of.from), .before = to_nearest(of.before)};
}

/// What `all` has more than `whole` at each end, and what it has less.
std::vector<signed_span> difference(time_span const& all, time_span const& whole)
{
    std::vector<signed_span> out;
    auto const between = [&out](sys_micro from, sys_micro before) {
        if (from < before)
            out.push_back({.from = from, .before = before, .sign = 1});
        if (before < from)
            out.push_back({.from = before, .before = from, .sign = -1});
    };
    if (all.from)
        between(*all.from, *whole.from);
    if (all.before)
        between(*whole.before, *all.before);
    return out;
}

/// Takes whole units out of a range. @return those, and the rest; no units where there would be less to read without
std::pair<std::optional<time_span>, std::vector<signed_span>> take_units(time_span const& range, time_span const& units)
{
    auto rest = difference(range, units);
    if (!range.from || !range.before)
        return {units, std::move(rest)};
    auto length = std::chrono::microseconds{};
    for (auto const& one : rest)
        length += one.before - one.from;
    if (length < *range.before - *range.from)
        return {units, std::move(rest)};
    return {std::nullopt, {{.from = *range.from, .before = *range.before, .sign = 1}}};
}

} // namespace

rollup_range divide(time_span const& range)
{
    rollup_range out;
    std::tie(out.hours, out.edges) = take_units(range, rounded<std::chrono::hours>(range));
    if (out.hours)
        std::tie(out.days, out.closed) = take_units(*out.hours, rounded<std::chrono::days>(*out.hours));
    return out;
}

} // namespace bridgewatch::sql
