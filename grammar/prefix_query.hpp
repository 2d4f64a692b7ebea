#pragma once

#include "grammar/fault.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::grammar {

/// What a list of distinct values is narrowed to. Plain text: `*`, `%` and `_` stand for themselves.
struct prefix_query {
    std::vector<std::string> any_of; ///< empty: all values
    std::vector<fault> faults;       ///< in the order of the query
};

/// Reads the `q` of a list of values: bare words, or `key:prefix`; several prefixes are any of them, and an empty one
/// is no filter. Operators and negations are faults; parentheses that only stand around are not. Pure; any thread.
/// @param key         the one key that there is, e.g. "model"
/// @param is_recorded whether the database has its column; else each use of it is a fault
[[nodiscard]] prefix_query read_prefixes(std::string_view query, std::string_view key, bool is_recorded = true);

} // namespace bridgewatch::grammar
