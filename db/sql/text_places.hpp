#pragma once

#include "db/schema/shape.hpp"
#include "grammar/filter.hpp"

#include <vector>

namespace bridgewatch::sql {

/// What `text:` is any of, in this database: prompts, tool calls (input or error), thoughts, the error message.
/// Precondition: it searches anywhere.
[[nodiscard]] std::vector<grammar::node> places_of(grammar::text_holds const& text, schema::shape const& database);

} // namespace bridgewatch::sql
