#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/filter.hpp"
#include "db/sql/statement.hpp"

#include <cstdint>
#include <optional>

/// Counts from bridgewatch_counts: days or all time, hours beside the days, and less than an hour at each end from the
/// log (rollup_range.hpp).
namespace bridgewatch::sql {

/// Whether the search asks for nothing but what is rolled up: initiator, provider, provider_name, model, client, in any
/// combination, and ranges of the start.
[[nodiscard]] bool is_rolled_up(grammar::filter const& where, schema::shape const& database);

/// One row with one bigint, as count_of_interceptions gives, or NULL where the tables are not exact in this snapshot:
/// see acceleration_state. With a cap: that at most. Precondition: is_rolled_up.
[[nodiscard]] statement rolled_up_count(grammar::filter const& where, visibility const& who,
                                        std::optional<std::int64_t> cap, schema::shape const& database);

} // namespace bridgewatch::sql
