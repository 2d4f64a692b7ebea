#pragma once

#include "grammar/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::grammar {

/// A time as a query writes it: a point, to all its digits, or a whole UTC day.
struct instant {
    sys_micro at;      ///< rounded down; of a day its start
    std::string finer; ///< digits below a microsecond, without trailing zeros
    bool is_day = false;

    /// Columns hold whole microseconds, so that rounding goes into the range.
    [[nodiscard]] sys_micro first() const; ///< the first microsecond that is not before it
    [[nodiscard]] sys_micro after() const; ///< the first microsecond that is after it, the whole day if it is one

    /// By its first moment, all digits counted.
    [[nodiscard]] bool starts_after(instant const& other) const;
};

/// Reads, in any case: RFC 3339; a date `2025-01-31`; `today`, `yesterday`, `now`; a duration, with or without `-`,
/// before now. Clamped to the years 0000 to 9999. Empty on anything else.
[[nodiscard]] std::optional<instant> parse_instant(std::string_view text, sys_micro now);

} // namespace bridgewatch::grammar
