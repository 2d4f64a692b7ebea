#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/statement.hpp"
#include "grammar/filter.hpp"

#include <optional>

namespace bridgewatch::sql {

/// Which rows a caller may see at all, whatever the query says.
struct visibility {
    std::optional<grammar::uuid> only_initiator; ///< empty: everybody's rows
};

/// Appends ` AND …` for each condition; nothing for a filter that is absent, so that indexes stay usable.
/// Precondition: every user of the filter has an id (the store has looked the names up).
/// The text depends on the kinds of conditions only, never on their values: prepared once.
void append_filter(statement& out, grammar::filter const& where);

/// Appends `FROM … WHERE …` for the completed, visible interceptions that match; `i` and, where asked, `v`
/// (visible_users) are in scope. An interception whose initiator is not in visible_users is left out.
void append_matching(statement& out, grammar::filter const& where, visibility const& who,
                     schema::shape const& database);

} // namespace bridgewatch::sql
