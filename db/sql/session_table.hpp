#pragma once

#include "db/sql/sessions.hpp"

#include <cstdint>
#include <optional>
#include <vector>

/// Sessions by way of bridgewatch_sessions. What the journal names is read from the log instead. All of it is exact
/// where acceleration_state says so in the same snapshot. Precondition of all: shape::acceleration, has_session_index.
namespace bridgewatch::sql {

/// Whether the table alone answers: everything is asked for, or initiators and nothing else.
[[nodiscard]] bool is_in_table(session_search const& search);

/// A page: the keys of session_key_column. Precondition: is_in_table.
[[nodiscard]] statement page_of_table(session_search const& search, std::int64_t limit, std::int64_t offset);

/// One row with one bigint; with a cap: that at most. Precondition: is_in_table.
[[nodiscard]] statement count_of_table(session_search const& search, std::optional<std::int64_t> cap);

/// A search that looks into interceptions is answered by a threshold algorithm: sessions are visited in the order of
/// latest_at, above which no search puts them, until those that match fill the page and stand above all that was not
/// visited.
struct table_walk {
    std::int64_t matches = 0; ///< sessions that match, at most
    std::int64_t budget = 0;  ///< sessions that are visited, at most; those that tie with the last are visited too
    std::optional<grammar::sys_micro> below; ///< only those whose latest_at is less
};

/// Columns of visited_sessions: a session's key under the search, and its bound.
enum class visited_column { session_id, initiator_id, last_active_at, latest_at };

/// Where a walk starts: nothing of the search is above it. The cursor's time and the end of a range of starts.
[[nodiscard]] std::optional<grammar::sys_micro> top_of_walk(session_search const& search);

/// Sessions that match and that a walk below `top` does not meet: those that the journal names, and those that are at
/// work at that time.
[[nodiscard]] statement sessions_outside_walk(session_search const& search, std::optional<grammar::sys_micro> top);

/// Those of the walk that match, by latest_at, descending.
[[nodiscard]] statement visited_sessions(session_search const& search, table_walk const& walk);

/// The latest_at of the first session behind the budget, where there is one.
[[nodiscard]] statement behind_walk(session_search const& search, table_walk const& walk);

/// The planner's estimate of what a search's range of starts alone would match.
[[nodiscard]] statement estimate_of_range(session_search const& search);

} // namespace bridgewatch::sql
