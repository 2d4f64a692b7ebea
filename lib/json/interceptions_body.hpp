#pragma once

#include "db/schema/shape.hpp"
#include "db/store/interceptions.hpp"

#include <string>

namespace bridgewatch::json {

/// The body of GET …/interceptions: rows → bytes, keys in the contract's order, fields omitted whose column the
/// database lacks. Pure. @param size_hint bytes to reserve, e.g. what the last page took.
[[nodiscard]] std::string interceptions_body(store::page_answer const& page, schema::shape const& database,
                                             std::size_t size_hint);

/// The body of GET …/interceptions/{id}: the list's element. Precondition: the page shows one.
[[nodiscard]] std::string interception_body(store::page_answer const& page, schema::shape const& database);

} // namespace bridgewatch::json
