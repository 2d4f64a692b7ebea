#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"
#include "db/sql/interceptions.hpp"
#include "db/store/counting.hpp"
#include "db/store/plan_memory.hpp"

namespace bridgewatch::store {

/// What is asked of a page. Plain values; the names in the filter are resolved.
struct page_question {
    grammar::filter where;
    sql::visibility who;
    sql::page_bounds bounds;
    count_question count;
    bool has_begun = false;       ///< the connection is in the page's snapshot already
    plan_memory* plans = nullptr; ///< asked, and told; none: filtered pages are always planned with their values
};

/// The rows of a page, still in libpq's buffers, all from one snapshot. Children are in no order; columns
/// as in db/sql/interceptions.hpp.
struct page_answer {
    bool cursor_found = true; ///< false: `bounds.after` names no row; all else is empty
    std::size_t shown = 0;    ///< how many of the interceptions are the page: there may be one more
    bool more = false;        ///< that one is there: the list goes on
    pg::rows interceptions, token_usages, user_prompts, tool_usages;
    count_answer count;
};

/// Reads one page in two round trips; an exact count and an empty page after a cursor take one more each.
/// @param deadline steady clock; the statements' own limits shrink to what is left of it.
/// Errors: those of lease::run, statement_timeout of the page or its children (a count past its limit is no error: it
/// becomes a capped one, at the very last `count` -1), server_error.
[[nodiscard]] boost::asio::awaitable<pg::outcome<page_answer>> read_page(pg::lease& connection,
                                                                         schema::shape const& database,
                                                                         page_question const& question,
                                                                         pg::steady_time deadline);

} // namespace bridgewatch::store
