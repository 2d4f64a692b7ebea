#pragma once

#include "grammar/ast.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// How a piece of a query is cut further. Quotes hide every separator, and stay in the parts. Parts are views into the
/// argument. Implemented by the X3 grammar. Internal to this folder.
namespace bridgewatch::grammar {

/// At each `:`.
[[nodiscard]] std::vector<std::string_view> split_at_colons(std::string_view piece);

/// What stands before the first `,`.
[[nodiscard]] std::string_view first_element(std::string_view value);

/// `>=a`: relation and the value behind it.
struct raw_comparison {
    ast::relation how{};
    std::string_view symbol, value;
};

/// `a..b`
struct raw_range {
    std::string_view low, high;
};

/// What stands behind the colon of a key with an order. Both absent: a list.
struct raw_ordered {
    std::optional<raw_comparison> comparison;
    std::optional<raw_range> range;
};

[[nodiscard]] raw_ordered split_ordered(std::string_view value);

} // namespace bridgewatch::grammar
