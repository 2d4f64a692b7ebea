#pragma once

#include "db/sql/sessions.hpp"

#include <vector>

/// What is told of sessions once it is known which ones.
namespace bridgewatch::sql {

/// Columns of rows_of_sessions.
enum class session_column {
    session_id,
    initiator_id,
    username,
    name,
    avatar_url,
    providers, ///< text of a JSON array, sorted
    models,    ///< likewise
    client,
    metadata,
    started_at,
    ended_at,
    threads,
    input_tokens, ///< digits, as the other sums: they may have more than 64 bits
    output_tokens,
    cache_read_input_tokens,
    cache_write_input_tokens,
    last_prompt,
};

/// One row for each session, in the order given. `started_at`, `ended_at` and `threads` come from the interceptions
/// that match, all else from the whole session.
[[nodiscard]] statement rows_of_sessions(session_search const& search, std::vector<session_position> const& which);

/// One session, seen by a caller.
struct session_scope {
    session_position const& of;
    visibility const& who;
    schema::shape const& database;
};

/// Appends the condition that a row `i` is a completed interception of the session.
void append_member_conditions(statement& out, session_scope const& session);

/// Interceptions and the threads that they belong to, position by position.
struct thread_members {
    std::vector<grammar::uuid> interceptions, threads;
};

/// Columns of the statements that sum up token usages. `thread` and `interception` are NULL where a row is not about
/// one.
enum class token_sum_column {
    thread,
    interception,
    input_tokens,
    output_tokens,
    cache_read_input_tokens,
    cache_write_input_tokens,
};
enum class metadata_sum_column { thread, interception, path, sum };

/// Token usages summed by thread, and by interception.
[[nodiscard]] statement token_sums_of(thread_members const& of, schema::shape const& database);

/// The integer leaves of their metadata, likewise, each by its dotted path; ordered by path (bytewise).
[[nodiscard]] statement metadata_sums_of(thread_members const& of);

/// Of the whole session, as one row set without thread and interception.
[[nodiscard]] statement metadata_sums_of_session(session_scope const& session);

} // namespace bridgewatch::sql
