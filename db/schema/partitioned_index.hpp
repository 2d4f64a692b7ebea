#pragma once

#include "db/pg/blocking.hpp"
#include "db/schema/search_indexes.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::schema {

/// What builds an index on a partitioned table, or what is left of it after an interruption, in order: PostgreSQL
/// builds none CONCURRENTLY there, so the parent's is made empty (ON ONLY), each partition's is built CONCURRENTLY and
/// then attached, and with the last one the parent's becomes valid. Partitions of partitions are not provided for.
/// Source: PostgreSQL, "Partitioning: Declarative Partitioning".
/// @param definition what follows `ON table`
/// @return nothing where the table is not partitioned. Errors: what the server said.
[[nodiscard]] pg::outcome<std::vector<std::string>>
partitioned_index_statements(pg::blocking_session& database, search_index const& index, std::string_view definition);

} // namespace bridgewatch::schema
