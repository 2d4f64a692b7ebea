#pragma once

#include "db/pg/rows.hpp"
#include "db/sql/sessions.hpp"

#include <vector>

namespace bridgewatch::store {

/// The rows of a statement that gives sessions, in their order (sql::session_key_column).
[[nodiscard]] std::vector<sql::session_position> read_positions(pg::rows const& rows);

} // namespace bridgewatch::store
