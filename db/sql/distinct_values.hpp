#pragma once

#include "db/sql/filter.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bridgewatch::sql {

enum class value_list { models, clients };

/// The distinct models or clients of completed interceptions that the caller may see, ascending, one text column.
/// Initiators need not be in visible_users. A loose scan of the column's index: one descent for each distinct value,
/// however many rows have it. (PostgreSQL has no skip scan before 18; wiki "Loose indexscan".)
/// @param prefixes any of them, literally; empty: all
[[nodiscard]] statement distinct_values(value_list which, std::vector<std::string> const& prefixes,
                                        visibility const& who, std::int64_t limit, std::int64_t offset,
                                        schema::shape const& database);

} // namespace bridgewatch::sql
