#pragma once

#include "db/sql/sessions.hpp"

/// What the statements of sessions.cpp and session_table.cpp share: the key of a session `s`, and its place in the
/// list.
namespace bridgewatch::sql {

inline constexpr literal select_keys = "SELECT s.session_id, s.initiator_id, s.last_active_at ";
inline constexpr literal in_list_order = " ORDER BY s.last_active_at DESC, s.session_id DESC, s.initiator_id DESC";

/// Writes that the session comes after the cursor, behind the keyword; nothing where there is no cursor.
/// @param last_active_at where the time of `s` stands
inline void append_after(statement& out, session_search const& search, literal keyword,
                         literal last_active_at = "s.last_active_at")
{
    if (!search.after)
        return;
    (out << keyword << "(" << last_active_at << ", s.session_id, s.initiator_id) < (")
        .bind(search.after->last_active_at);
    (out << ", ").bind(std::string_view{search.after->session_id});
    (out << ", ").bind(search.after->initiator_id) << ")";
}

} // namespace bridgewatch::sql
