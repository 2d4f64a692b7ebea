#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::grammar {

/// A point of time as PostgreSQL keeps it: microseconds, UTC.
using sys_micro = std::chrono::sys_time<std::chrono::microseconds>;

/// A time as written: its microsecond, rounded down, and whether the text had finer digits that are not zero.
struct exact_time {
    sys_micro floor;
    bool has_more = false;
    friend auto operator<=>(exact_time const&, exact_time const&) = default;
};

/// The nearest time that RFC 3339 can write: years 0000 to 9999. PostgreSQL has others, and infinity.
[[nodiscard]] sys_micro within_rfc3339(sys_micro at);

/// Reads an RFC 3339 date-time (section 5.6): `T` and `Z` in upper case, optional fraction of any length,
/// offset required, year 0000 to 9999, no leap seconds (`:60`) and no `24:00`. Empty on anything else.
[[nodiscard]] std::optional<exact_time> parse_rfc3339(std::string_view text);

/// RFC 3339 in UTC with `Z`; microseconds with trailing zeros trimmed, no fraction when zero.
/// Outside of years 0001 to 9999 the year has as many digits as it needs and a sign where negative.
[[nodiscard]] std::string to_rfc3339(sys_micro at);

/// As to_rfc3339, appended to `out` without a temporary: the response writer's path.
void append_rfc3339(std::string& out, sys_micro at);

} // namespace bridgewatch::grammar
