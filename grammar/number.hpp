#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bridgewatch::grammar {

/// A whole number of 64 bits: digits, and a `-` before them where it is negative. Empty on anything else.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// A decimal number as a whole number of its smallest part: `1.25` with 6 places is 1'250'000. No exponent; digits past
/// the places must be zeros. Empty on anything else, and where it does not fit.
[[nodiscard]] std::optional<std::int64_t> parse_decimal(std::string_view text, unsigned places);

/// Whether the text is a number as JSON writes it (RFC 8259, section 6), and one that PostgreSQL's numeric can hold.
[[nodiscard]] bool is_json_number(std::string_view text);

} // namespace bridgewatch::grammar
