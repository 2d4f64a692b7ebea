#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"
#include "db/sql/interceptions.hpp"
#include "db/store/counting.hpp"
#include "db/store/plan_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace bridgewatch::store {

/// What is asked of a page. Plain values; the names in the filter are resolved.
struct page_question {
    grammar::filter where;
    sql::visibility who;
    sql::page_bounds bounds;
    count_question count;
    bool has_begun = false;       ///< the connection is in the page's snapshot already
    plan_memory* plans = nullptr; ///< asked, and told; none: filtered pages are always planned with their values
    std::int64_t slice_bytes = std::int64_t{4} << 20U; ///< a page that may take much more is left to slices.hpp
    /// Called with all of a page but its count, where the server is still busy with that: its rows can be written
    /// meanwhile. The answer says whether it was called for it; a page that is read anew is another one.
    std::function<void(struct page_answer const&)> on_rows{};
    /// Called with all of a page but its token usages and its count, where the server is still busy with these and the
    /// connection is_alone. Again, the answer says so.
    std::function<void(struct page_answer const&)> on_all_but_tokens{};
};

/// Children of interceptions, still in libpq's buffers, in no order; columns as in db/sql/interceptions.hpp.
struct children_answer {
    pg::rows token_usages, user_prompts, tool_usages;
    pg::rows metadata; ///< of those interceptions whose rows lack it (sql::metadata_of)
};

/// The rows of a page, all from one snapshot.
struct page_answer : children_answer {
    bool cursor_found = true; ///< false: `bounds.after` names no row, and there are none to show
    std::size_t shown = 0;    ///< how many of the interceptions are the page: there may be one more
    bool more = false;        ///< that one is there: the list goes on
    bool withheld = false;    ///< values were too wide, or children too many, to be read along: the children are to be
                              ///< read anew, by slices.hpp
    bool was_told = false;    ///< page_question::on_rows has seen these rows
    bool was_told_without_tokens = false; ///< page_question::on_all_but_tokens has seen them
    pg::rows interceptions;
    count_answer count;
};

/// From how many bytes on a value is not read along with a page: with the number of children that interceptions mostly
/// have, a page then takes four slices at most. Empty where a page of that limit is expected to be large.
[[nodiscard]] std::optional<std::int64_t> widest_value(std::int64_t limit, std::int64_t slice_bytes);

/// Reads one page in two round trips, or in one where that is short and found quickly; an exact count and an empty page
/// after a cursor take one more each. Values that
/// are too wide, and all children of a page of more than 200, are withheld.
/// @param deadline steady clock; the statements' own limits shrink to what is left of it.
/// Errors: those of lease::run, statement_timeout of the page or its children (a count past its limit is no error: it
/// becomes a capped one, at the very last `count` -1), server_error.
[[nodiscard]] boost::asio::awaitable<pg::outcome<page_answer>> read_page(pg::lease& connection,
                                                                         schema::shape const& database,
                                                                         page_question const& question,
                                                                         pg::steady_time deadline);

} // namespace bridgewatch::store
