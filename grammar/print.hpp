#pragma once

#include "grammar/ast.hpp"

#include <string>

namespace bridgewatch::grammar {

/// The canonical query of a tree: parse(print(tree)).tree == tree for each tree that parse() makes.
/// Quotes only where they are needed; they can make it longer than `limits::query_bytes`, and then it is no query.
[[nodiscard]] std::string print(ast::query const& tree);

/// The tree itself, one node a line, indented, with places: for `bridgewatch explain`.
[[nodiscard]] std::string describe(ast::query const& tree);

} // namespace bridgewatch::grammar
