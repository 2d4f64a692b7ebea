#pragma once

#include "db/sql/statement.hpp"

#include <cstdint>

/// What is read of the tables for sessions and counts (db/schema/acceleration/*.sql) by every question that uses them.
namespace bridgewatch::sql {

/// More journal entries than this, and reading the sessions that they name costs more than it saves.
inline constexpr std::int64_t most_pending = 1000;

/// Columns of acceleration_state.
enum class acceleration_column {
    is_ready, ///< the tables are exact in this snapshot, together with the journal
    pending,  ///< entries of the journal; most_pending + 1 stands for more
};

/// One row. To be asked in the snapshot in which the tables are read.
[[nodiscard]] statement acceleration_state();

/// Appends the expression of its first column, for counts, which take whatever the journal holds.
void append_is_ready(statement& out);

/// Appends `pending AS MATERIALIZED (…)`: the sessions that the journal names, each once: session_id, initiator_id.
/// What the session table says of them does not count.
void append_pending_sessions(statement& out);

} // namespace bridgewatch::sql
