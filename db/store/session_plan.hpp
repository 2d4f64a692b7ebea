#pragma once

#include "db/pg/rows.hpp"

#include <cstdint>
#include <optional>

namespace bridgewatch::store {

/// Which of the ways of db/sql/sessions.hpp and session_table.hpp leads to a page of sessions at the least cost. All
/// give the same answer.
struct session_plan {
    enum class way { table, walk, walk_of_initiators, group };
    way by = way::group;
    std::int64_t budget = 0; ///< of a walk, and of the table's: how far it goes at first
    std::int64_t most = 0;   ///< and at last: beyond it grouping is cheaper, or the walk too long for a request
    friend bool operator==(session_plan const&, session_plan const&) = default;
};

/// What the planner knows.
struct session_estimates {
    double interceptions = 0;   ///< all of them
    double matching = 0;        ///< of the search
    double passed_over = 0;     ///< prompts that a walk meets before anything can match
    bool prompts_sorted = true; ///< an index has them by time; else a walk sorts them first
};

/// @param wanted sessions
/// @param by_initiator whether the search names initiators
[[nodiscard]] session_plan plan_of_sessions(session_estimates const& known, std::int64_t wanted, bool by_initiator);

/// Where everything matches. Far down in the list what stands before the page is grouped: the walk would carry it all.
[[nodiscard]] session_plan plan_of_all_sessions(std::int64_t wanted);

/// The walk to try where that one was too short: one session may have most of the newest prompts. Nothing where it was
/// the longest.
[[nodiscard]] std::optional<session_plan> longer(session_plan const& walk);

/// What an EXPLAIN (FORMAT JSON), which has one row with one column, says of its statement. 0 where it cannot be read.
struct planner_estimate {
    double rows = 0;
    double cost = 0; ///< in the planner's unit: a page that is read in sequence
};

/// Where the session table may be used: by it, or by group where hardly any session matches.
/// @param range    interceptions that the search's range of starts matches
/// @param matching of the whole search
[[nodiscard]] session_plan plan_by_table(double range, planner_estimate const& matching, std::int64_t wanted);

[[nodiscard]] planner_estimate read_estimate(pg::rows const& explained);

/// Whether that is the cost of one descent of an index, or of so little that it does not matter.
[[nodiscard]] bool is_cheap(planner_estimate const& one);

} // namespace bridgewatch::store
