#pragma once

#include "db/sql/statement.hpp"
#include "grammar/filter.hpp"

namespace bridgewatch::sql {

/// The closed table from the language's fields to columns. aibridge_interceptions is `i` in every statement, and
/// aibridge_tool_usages `c` where one call is asked for. Column names come from here and from the SELECT lists of this
/// folder, and from nowhere else.
[[nodiscard]] literal column_of(grammar::text_field field);
[[nodiscard]] literal column_of(grammar::time_field field);
[[nodiscard]] literal column_of(grammar::json_field field);
[[nodiscard]] literal column_of(grammar::call_field field);
[[nodiscard]] literal column_of(grammar::call_text text);

/// What is summed over the token usages `t` of an interception, for any amount but the duration.
[[nodiscard]] literal sum_of(grammar::amount amount);

} // namespace bridgewatch::sql
