#pragma once

#include "grammar/time.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bridgewatch::sql {

/// Times from one on and before another; without one, up to that end of time.
struct time_span {
    std::optional<grammar::sys_micro> from, before;
    bool operator==(time_span const&) const = default;
};

/// A part of a range, to be added to what is counted or, where that has less to read, to be taken away.
struct signed_span {
    grammar::sys_micro from, before;
    std::int64_t sign; ///< 1 or -1
    bool operator==(signed_span const&) const = default;
};

/// A range in pieces that have sums: its count is that of the days, of the hours and of the edges, with their signs.
struct rollup_range {
    std::optional<time_span> hours; ///< whole hours, days included; none: all is in the edges
    std::optional<time_span> days;  ///< whole days, within half a day of the hours; none: all of the hours is in closed
    std::vector<signed_span> closed; ///< hours that the days lack or have too many, twelve at each end at most
    std::vector<signed_span> edges;  ///< the same of the hours, in less than hours: half of one at each end at most
};

/// Each end is rounded to the nearest hour, and that to the nearest day, so that half a unit at most is read of the
/// next finer kind there. A range that has less than that in all is one piece.
[[nodiscard]] rollup_range divide(time_span const& range);

} // namespace bridgewatch::sql
