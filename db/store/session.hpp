#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"
#include "db/sql/threads.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::store {

/// What is asked of one session.
struct session_question {
    std::string session_id;
    std::optional<grammar::uuid> initiator_id; ///< absent: of several, the most recently active
    sql::visibility who;
    sql::thread_bounds threads;
    std::chrono::milliseconds statement_timeout{10000}; ///< for each statement
};

/// One session and a page of its threads, from one snapshot.
struct session_answer {
    bool session_found = true;
    bool cursor_found = true; ///< false: it names no thread of this session; all below is empty
    sql::session_position which;
    pg::rows session;                   ///< one row, as sql::session_column
    pg::rows session_metadata;          ///< as sql::metadata_sum_column
    std::vector<grammar::uuid> threads; ///< of the page, oldest first
    bool more = false;                  ///< there are threads beyond the page, in the direction that was asked for
    /// As their columns in db/sql say; of the members of the page's threads.
    pg::rows members, token_sums, metadata_sums, first_prompts, tool_usages, thoughts;
};

/// Reads the session in five round trips at most. What is held in memory is the page's threads with their tool calls,
/// and of the whole session only sums.
/// Errors: those of lease::run, statement_timeout, server_error.
[[nodiscard]] boost::asio::awaitable<pg::outcome<session_answer>> read_session(pg::lease& connection,
                                                                               schema::shape const& database,
                                                                               session_question const& question,
                                                                               pg::steady_time deadline);

} // namespace bridgewatch::store
