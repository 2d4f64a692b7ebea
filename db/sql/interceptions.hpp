#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/filter.hpp"
#include "db/sql/statement.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// The statements behind a page of interceptions. Each SELECT list is described by an enum whose order it has.
namespace bridgewatch::sql {

struct page_bounds {
    std::int64_t limit = 100;
    std::int64_t offset = 0;                 ///< 0: none
    std::optional<grammar::uuid> after;      ///< keyset: rows strictly after this one, in list order
    std::optional<std::int64_t> widest = {}; ///< bytes as stored; metadata that takes more is withheld (children.hpp)
};

/// Columns of page_of_interceptions. Columns that the database lacks come as NULL.
enum class interception_column {
    id,
    api_key_id,
    initiator_id,
    username,
    name,
    avatar_url,
    provider,
    model,
    provider_name,
    client,
    session_id,
    metadata,
    started_at,
    ended_at,
};

/// How a prepared statement is planned (PostgreSQL, "plan_cache_mode").
enum class planning {
    kept,        ///< once for a connection: right for keyset pages and children, whose plan is the same for all values
    kept_walk,   ///< once too, as a walk along the list's order: right where many rows match
    with_values, ///< anew for each execution: a kept plan for `model = ANY($1)` walks the whole table for a rare model
};

/// How the page and the count of this filter are to be planned: kept or with_values.
[[nodiscard]] planning planning_of(grammar::filter const& where);

/// Whether a page of this filter may be planned as kept_walk, for values for which explain_page shows a walk: it only
/// compares columns that have few values, and starts.
[[nodiscard]] bool may_walk(grammar::filter const& where);

/// One row of one JSON text: the plan of this page with its values. Consumes the page.
[[nodiscard]] pg::step explain_page(statement page);

/// Whether that plan reads rows in the list's order, and so sorts nothing.
[[nodiscard]] bool is_walk(std::string_view plan);

/// What the planner expects that plan to cost, in its own units, of which a page read sequentially is one. Infinite
/// where the text tells none.
[[nodiscard]] double cost_of(std::string_view plan);

/// The page, newest first: `started_at` descending, then `id` descending. Empty where the cursor names no row that the
/// caller may see; cursor_exists tells this from the end of the list.
[[nodiscard]] statement page_of_interceptions(grammar::filter const& where, visibility const& who,
                                              page_bounds const& bounds, schema::shape const& database);

/// Columns of note_page; `cursor_exists` is true where there is no cursor.
enum class noted_column { ids, cursor_exists };

/// Notes the ids of that page's first `bounds.limit` rows for the rest of the transaction, for children of `noted`:
/// finds them once more, which for a short page takes less than to wait until the caller knows them. One row. None for
/// a filter whose page is put together from several.
[[nodiscard]] std::optional<statement> note_page(grammar::filter const& where, visibility const& who,
                                                 page_bounds const& bounds, schema::shape const& database);

/// One row with one bigint. With a cap counting stops there: cap means "cap or more".
[[nodiscard]] statement count_of_interceptions(grammar::filter const& where, visibility const& who,
                                               std::optional<std::int64_t> cap, schema::shape const& database);

/// A row (of one boolean) where this interception exists and the caller may see it, finished or not.
[[nodiscard]] statement cursor_exists(grammar::uuid const& id, visibility const& who);

/// Columns of token_usages_of. The cache columns come as NULL where the database lacks them.
enum class token_usage_column {
    id,
    interception_id,
    provider_response_id,
    input_tokens,
    output_tokens,
    cache_read_input_tokens,
    cache_write_input_tokens,
    metadata,
    created_at,
};
enum class user_prompt_column { id, interception_id, provider_response_id, prompt, metadata, created_at };
enum class tool_usage_column {
    id,
    interception_id,
    provider_response_id,
    server_url,
    tool,
    input,
    injected,
    invocation_error,
    metadata,
    created_at,
};

/// `parent`: by interception_id, created_at, id: each parent's are one run.
enum class child_order { any, parent };

/// The interceptions that note_page noted in this transaction.
inline constexpr struct noted_t {
} noted;

/// Whose children are asked for. A view: the ids outlive it.
class parents {
  public:
    parents(std::vector<grammar::uuid> const& ids) : ids_{&ids} {}

    parents(noted_t) {}

    /// Writes `ANY(…)` of their ids.
    void append_to(statement& out) const;

  private:
    std::vector<grammar::uuid> const* ids_ = nullptr;
};

/// Children of these interceptions. In any order unless it says otherwise: to sort them takes PostgreSQL, which copies
/// their texts for it, a tenth of a page's time, and us next to nothing.
/// @param widest what is wider is withheld (children.hpp)
[[nodiscard]] statement token_usages_of(parents of, schema::shape const& database,
                                        std::optional<std::int64_t> widest = {});
[[nodiscard]] statement user_prompts_of(parents of, std::optional<std::int64_t> widest = {});
[[nodiscard]] statement tool_usages_of(parents of, child_order by = child_order::any,
                                       std::optional<std::int64_t> widest = {});

} // namespace bridgewatch::sql
