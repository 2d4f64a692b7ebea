#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/statement.hpp"
#include "grammar/filter.hpp"

#include <optional>
#include <vector>

namespace bridgewatch::sql {

/// Which rows a caller may see at all, whatever the query says.
struct visibility {
    std::optional<grammar::uuid> only_initiator; ///< empty: everybody's rows
};

/// Conditions that hold together. Pointers into a filter.
using condition_list = std::vector<grammar::node const*>;

[[nodiscard]] condition_list conditions_of(grammar::filter const& where);

/// The range of starts that this condition is; null where it is another one.
[[nodiscard]] grammar::time_within const* start_range(grammar::node const& one);

/// Appends ` AND …` for each condition; nothing where there are none, so that indexes stay usable.
/// Precondition: every user of the filter has an id (the store has looked the names up).
/// The text depends on the kinds of conditions and on how they are joined, never on values: prepared once.
void append_conditions(statement& out, condition_list const& conditions, schema::shape const& database);

/// Appends the condition that a row `i` matches, is one that the caller may see, and is not in flight unless the filter
/// asks for that. Whether its initiator is in visible_users is for the FROM clause to say.
void append_row_conditions(statement& out, condition_list const& conditions, bool includes_inflight,
                           visibility const& who, schema::shape const& database);

/// Appends `FROM … WHERE …` for the visible interceptions that match; `i` and `v` (visible_users) are in scope. An
/// interception whose initiator is not in visible_users is left out, and so is one in flight unless it is asked for.
void append_matching(statement& out, condition_list const& conditions, bool includes_inflight, visibility const& who,
                     schema::shape const& database);

} // namespace bridgewatch::sql
