#pragma once

#include "grammar/span.hpp"

#include <optional>
#include <string>

namespace bridgewatch::grammar {

/// The kinds of faults that a query can have. The text for the caller is made with the fault.
enum class fault_code {
    query_too_long,   ///< more than `limits::query_bytes`
    invalid_text,     ///< NUL, or not UTF-8
    too_many_terms,   ///< more than `limits::terms`
    edge_colon,       ///< a piece starts or ends with ':'
    too_many_colons,  ///< a piece holds two ':' outside quotes
    unknown_key,      ///< not in the table of keys
    not_recorded,     ///< the database lacks the key's column
    bad_time,         ///< not RFC 3339
    empty_time_range, ///< started_before is not after started_after
    too_many_values,  ///< more than `limits::values` for one key
    unknown_user,     ///< found by the store, not by the grammar
};

/// One fault of a query, ready for the caller.
struct fault {
    fault_code code{};
    std::optional<span> where; ///< absent where the fault has no place (the query is too long)
    std::string field;         ///< "q", or the key that is at fault, in lower case
    std::string detail;        ///< goes to the caller as it is: no SQL, no host names
    friend bool operator==(fault const&, fault const&) = default;
};

} // namespace bridgewatch::grammar
