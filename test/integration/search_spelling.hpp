#pragma once

#include "grammar/time.hpp"
#include "test/integration/search_dice.hpp"
#include "test/integration/search_tree.hpp"

#include <string>
#include <string_view>
#include <vector>

/// How values are written in a query.
namespace bridgewatch::test::search {

/// Where a value stands decides what needs quotes there.
enum class place : std::uint8_t {
    listed,  ///< a comma ends it
    pattern, ///< likewise, and `*` is a wildcard
    whole,   ///< it goes to the end of its piece
    ordered, ///< a comma and `..` end it, an operator starts it
    bare,    ///< a word without a key
};

/// Quotes cannot be written, but for pairs in the middle of what is not quoted itself.
[[nodiscard]] bool can_be_written(std::string_view text);

/// With quotes where they are needed, and sometimes where they are not. Precondition: can_be_written.
[[nodiscard]] std::string spelled(std::string_view text, place at, dice& random);

/// Without quotes it would be read otherwise.
[[nodiscard]] bool needs_quotes(std::string_view text, place at);

/// UTF-8, cut into characters.
[[nodiscard]] std::vector<std::string> characters(std::string_view text);

/// What stands for a number or a time, and what it covers, in halves of the unit (see interval).
struct point {
    std::string text;
    wide first = 0, last = 0;
};

/// A whole number.
[[nodiscard]] point number_point(std::int64_t number);

/// Dollars, from millionths.
[[nodiscard]] point cost_point(std::int64_t micros, dice& random);

/// Of a unit in which the microseconds have few decimals. Precondition: not negative.
[[nodiscard]] point duration_point(std::int64_t micros, dice& random);

/// RFC 3339, with some offset, sometimes finer than a microsecond.
[[nodiscard]] point instant_point(grammar::sys_micro at, dice& random);

[[nodiscard]] point date_point(grammar::sys_micro within, dice& random);

/// `24h`, `today` and the like.
[[nodiscard]] point relative_point(grammar::sys_micro now, dice& random);

} // namespace bridgewatch::test::search
