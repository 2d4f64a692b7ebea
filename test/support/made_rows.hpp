#pragma once

#include "db/pg/rows.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::test {

/// A value in PostgreSQL's binary format; nothing is NULL.
using made_cell = std::optional<std::string>;

/// Rows as libpq makes them of a server's answer, without a server: for answers that a real one does not give.
/// @param columns at least 1; shorter rows are filled up with NULL
[[nodiscard]] pg::rows made_rows(std::size_t columns, std::vector<std::vector<made_cell>> rows);

[[nodiscard]] made_cell int8_cell(std::int64_t value);

/// 16 times the same byte.
[[nodiscard]] made_cell uuid_cell(char byte);

} // namespace bridgewatch::test
