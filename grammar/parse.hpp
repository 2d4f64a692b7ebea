#pragma once

#include "grammar/ast.hpp"
#include "grammar/fault.hpp"

#include <string_view>
#include <vector>

namespace bridgewatch::grammar {

/// What the X3 grammar made of a query: everything that could be read, and every fault, in the order of the
/// query. A piece that is at fault is not in the tree.
struct parsed_query {
    ast::query tree;
    std::vector<fault> faults;
};

/// Text → AST. Checks length, UTF-8 and NUL first, so that the grammar sees text only and recursion is bounded.
/// Linear in the length of the query. Pure; any thread.
[[nodiscard]] parsed_query parse(std::string_view query);

} // namespace bridgewatch::grammar
