#pragma once

#include "db/sql/session_rows.hpp"

#include <cstdint>
#include <optional>
#include <vector>

/// The statements behind one session's threads.
namespace bridgewatch::sql {

/// Which threads of the session, oldest first: `started_at`, then `id`.
struct thread_bounds {
    std::int64_t limit = 50;
    std::optional<grammar::uuid> after;  ///< those that are newer than this one
    std::optional<grammar::uuid> before; ///< those just before this one
};

/// Ids of the page's threads: oldest first, but for a page before a thread newest first.
[[nodiscard]] statement page_of_threads(session_scope const& session, thread_bounds const& bounds);

/// A row where that interception is a thread of the session.
[[nodiscard]] statement thread_exists(session_scope const& session, grammar::uuid const& thread);

/// Columns of members_of_threads.
enum class thread_member_column {
    thread,
    id,
    provider,
    model,
    credential_kind,
    credential_hint,
    error_type,
    error_message,
    started_at,
    ended_at,
};

/// The roots and their followers, ordered by started_at, id.
[[nodiscard]] statement members_of_threads(session_scope const& session, std::vector<grammar::uuid> const& threads);

enum class first_prompt_column { interception_id, prompt };

/// The first prompt of each of these interceptions that has one, by interception_id.
[[nodiscard]] statement first_prompts_of(std::vector<grammar::uuid> const& interceptions);

enum class thought_column { interception_id, content };

/// The thoughts of these interceptions, by interception_id, created_at. Precondition: the database has the table.
[[nodiscard]] statement thoughts_of(std::vector<grammar::uuid> const& interceptions);

} // namespace bridgewatch::sql
