#pragma once

#include "grammar/span.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::grammar {

/// The kinds of faults that a query can have. The text for the caller is made with the fault.
enum class fault_code {
    query_too_long,   ///< more than `limits::query_bytes`
    invalid_text,     ///< NUL, or not UTF-8
    too_many_terms,   ///< more than `limits::terms`
    too_deep,         ///< more than `limits::nesting`
    edge_colon,       ///< a piece starts or ends with ':'
    too_many_colons,  ///< a piece holds two ':' outside quotes
    syntax,           ///< an operator or a list lacks an operand, a parenthesis its partner
    no_key,           ///< bare words where nothing is searched by default
    not_a_prefix,     ///< more than a prefix where only that can be searched
    unknown_key,      ///< not in the table of keys
    not_recorded,     ///< the database lacks the key's column
    bad_time,         ///< neither RFC 3339 nor a date nor relative to now
    bad_number,       ///< not a whole number, or out of range
    bad_amount,       ///< not an amount of dollars, or finer than a millionth
    bad_duration,     ///< no number with a unit, or out of range
    bad_id,           ///< not a UUID
    bad_name,         ///< not one of the values that the key has
    bad_path,         ///< a path with an empty part
    empty_range,      ///< a range that starts above its end, or is open at both ends
    empty_time_range, ///< started_before is not after started_after
    too_short,        ///< nothing to search for but wildcards
    too_many_values,  ///< more than `limits::values` for one key
    unknown_user,     ///< found by the store, not by the grammar
};

inline constexpr std::size_t fault_codes = static_cast<std::size_t>(fault_code::unknown_user) + 1;

/// The same word as text, with static storage: for metrics.
[[nodiscard]] std::string_view name_of(fault_code code);

/// One fault of a query, ready for the caller.
struct fault {
    fault_code code{};
    std::optional<span> where; ///< absent where the fault has no place (the query is too long)
    std::string field;         ///< "q", or the key that is at fault, in lower case
    std::string detail;        ///< goes to the caller as it is: no SQL, no host names
    friend bool operator==(fault const&, fault const&) = default;
};

} // namespace bridgewatch::grammar
