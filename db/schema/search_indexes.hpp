#pragma once

#include "db/schema/shape.hpp"

#include <span>
#include <string_view>

namespace bridgewatch::schema {

/// An index that makes terms of the search language fast which the tables' own indexes leave slow. Answers are the same
/// without it.
struct search_index {
    std::string_view name; ///< starts with "bridgewatch_", so that it is known for ours in a database of others
    std::string_view table;
    std::string_view definition; ///< what follows `ON table`; TRIGRAMS stands for pg_trgm's operator class
    bool (*has_columns)(shape const& database) = [](shape const&) { return true; };

    [[nodiscard]] bool needs_trigrams() const { return definition.find(trigrams) != std::string_view::npos; }

    static constexpr std::string_view trigrams = "TRIGRAMS";
};

/// All of them, in the order in which they are built.
[[nodiscard]] std::span<search_index const> search_indexes();

} // namespace bridgewatch::schema
