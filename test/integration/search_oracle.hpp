#pragma once

#include "test/integration/search_rows.hpp"
#include "test/integration/search_tree.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// What a query finds, by the contract alone: row for row, without SQL and without the program's own grammar.
namespace bridgewatch::test::search {

/// The user of that name, in any case, who is not deleted.
[[nodiscard]] std::optional<uuid> user_named(dataset const& data, std::string_view name);

/// Has a row in visible_users, and is the one that the caller is kept to.
[[nodiscard]] bool is_visible(dataset const& data, interception const& row, std::optional<uuid> const& only_initiator);

/// The ids of what is found, newest first, ids break ties. The data outlives the call.
[[nodiscard]] std::vector<uuid> found_by(query const& q, dataset const& data,
                                         std::optional<uuid> const& only_initiator);

/// In-flight rows are candidates too.
[[nodiscard]] bool asks_for_inflight(query const& q);

/// What of the row is measured by a comparison, in the field's unit. Empty where the row has no end yet.
/// Precondition: a field whose values are intervals.
[[nodiscard]] std::optional<wide> amount_of(field of, interception const& row);

} // namespace bridgewatch::test::search
