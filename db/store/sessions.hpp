#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"
#include "db/sql/session_rows.hpp"
#include "db/store/counting.hpp"
#include "db/store/session_plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::store {

/// The session after which a page goes on.
struct session_cursor {
    std::string session_id;
    std::optional<grammar::uuid> initiator_id;        ///< absent: of several, the last in the list
    std::optional<grammar::sys_micro> last_active_at; ///< where it stood, so that it need not be looked up
};

/// What is asked of a page of sessions. Plain values; the names in the filter are resolved.
struct sessions_question {
    grammar::filter where;
    sql::visibility who;
    std::int64_t limit = 100, offset = 0;
    std::optional<session_cursor> after;
    count_question count;
};

/// A page of sessions, all from one snapshot.
struct sessions_answer {
    bool cursor_found = true;                 ///< false: `after` names no session; all else is empty
    std::vector<sql::session_position> which; ///< in list order
    bool more = false;                        ///< the list goes on
    pg::rows sessions;                        ///< as sql::session_column, row by row of `which`
    session_plan::way by{};                   ///< which way led to it; for logs and tests
    count_answer count;
};

/// Reads one page. Round trips: one to group, or two to walk; one for what is told of the sessions and the count. One
/// more each for a cursor without its time, for estimates where there is a filter, for times that tie across the two
/// walks, and to end an exact count. A walk that was too short costs its two (db/sql/sessions.hpp tells the ways).
/// @param deadline steady clock; the statements' own limits shrink to what is left of it.
/// Errors: those of lease::run, statement_timeout of the page (a count past its limit is no error), server_error.
[[nodiscard]] boost::asio::awaitable<pg::outcome<sessions_answer>> read_sessions(pg::lease& connection,
                                                                                 schema::shape const& database,
                                                                                 sessions_question const& question,
                                                                                 pg::steady_time deadline);

} // namespace bridgewatch::store
