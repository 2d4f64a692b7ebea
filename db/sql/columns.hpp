#pragma once

#include "db/sql/statement.hpp"
#include "grammar/filter.hpp"

namespace bridgewatch::sql {

/// The closed table from the language's fields to columns of aibridge_interceptions, which is `i` in every statement.
/// Column names come from here and from the SELECT lists of this folder, and from nowhere else.
[[nodiscard]] literal column_of(grammar::text_field field);

} // namespace bridgewatch::sql
