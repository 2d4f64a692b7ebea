#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/filter.hpp"
#include "db/sql/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The statements that find sessions: which ones, in which order, how many. What is told of them is asked by
/// session_rows.hpp once it is known which they are.
///
/// A session's place in the list is `last_active_at` of the interceptions that match: their latest prompt, else their
/// earliest start. Walking and grouping lead to a page. The walk goes through prompts, newest first, and keeps those
/// that are the latest of their session; its cost is that of the page, as long as most of what it meets matches.
/// Sessions without a prompt are found by a second walk, through interceptions. Grouping reads all that matches, and is
/// right for little.
namespace bridgewatch::sql {

/// Where a session stands in the list.
struct session_position {
    grammar::sys_micro last_active_at{};
    std::string session_id;
    grammar::uuid initiator_id;
};

/// Columns of every statement here that gives sessions; ordered by last_active_at, session_id, initiator_id,
/// descending.
enum class session_key_column { session_id, initiator_id, last_active_at };

/// Which sessions are asked for.
struct session_search {
    grammar::filter const& where;
    visibility const& who;
    schema::shape const& database;
    std::optional<session_position> after; ///< strictly after it in the list
};

/// Whether an index finds the members of a session: there is one on the generated column, and it has the completed
/// ones.
[[nodiscard]] bool has_session_index(session_search const& search);

/// How far a walk goes. Precondition of walks: has_session_index.
struct walk_bounds {
    std::int64_t wanted = 0; ///< sessions at most
    std::int64_t budget =
        0; ///< prompts, or interceptions, that it may look at; those of the last one's time are included
    /// Start from the index on initiators, where the search names them: for those who make few of the interceptions.
    bool by_initiator = false;
};

/// Sessions with a prompt. All that are newer than the last one of a full answer are there, and all of them where
/// prompts_beyond finds none past the budget.
[[nodiscard]] statement walk_of_prompts(session_search const& search, walk_bounds const& bounds);

/// A row where the walk ended at its budget.
[[nodiscard]] statement prompts_beyond(session_search const& search, walk_bounds const& bounds);

/// Sessions without any prompt that are not older than `since`.
[[nodiscard]] statement walk_of_interceptions(session_search const& search, walk_bounds const& bounds,
                                              std::optional<grammar::sys_micro> since);

[[nodiscard]] statement interceptions_beyond(session_search const& search, walk_bounds const& bounds,
                                             std::optional<grammar::sys_micro> since);

/// All sessions by way of all interceptions that match.
[[nodiscard]] statement grouped_sessions(session_search const& search, std::int64_t limit, std::int64_t offset);

/// These sessions in list order: text has the order of the database's collation, which only it knows.
[[nodiscard]] statement ordered_sessions(std::vector<session_position> const& which);

enum class of_several { most_recent, last };

/// Where the session of that id stands under this search: one row, or none where nothing of it matches. An id that
/// several initiators have is told apart by the initiator, else by `which`.
[[nodiscard]] statement position_of_session(session_search const& search, std::string_view session_id,
                                            std::optional<grammar::uuid> const& initiator, of_several which);

/// One row with one bigint. With a cap counting stops there.
[[nodiscard]] statement count_of_sessions(session_search const& search, std::optional<std::int64_t> cap);

/// The planner's estimates, as EXPLAIN (FORMAT JSON) gives them; nothing is run. Of the interceptions that match:
[[nodiscard]] statement estimate_of_matching(session_search const& search);
/// Of all interceptions:
[[nodiscard]] statement estimate_of_interceptions();
/// Of reading one prompt, the newest: dear where prompts have no index on their time.
[[nodiscard]] statement estimate_of_newest_prompt();
/// Of the prompts between the list's start, or the cursor, and that time:
[[nodiscard]] statement estimate_of_prompts_since(session_search const& search, grammar::sys_micro since);

/// The initiators that the search is limited to, where it is.
[[nodiscard]] std::optional<std::vector<grammar::uuid>> known_initiators(session_search const& search);

/// The time before which everything that matches has started, where the search has one.
[[nodiscard]] std::optional<grammar::sys_micro> started_before(session_search const& search);

} // namespace bridgewatch::sql
