#pragma once

#include "db/schema/shape.hpp"

#include <span>
#include <string_view>

namespace bridgewatch::schema {

/// A column that bridgewatch reads.
struct known_column {
    std::string_view table, column;
    bool& (*flag)(shape&); ///< where a shape says that the column is there; null for a required column
};

/// Every column of the contract, those of one table side by side.
[[nodiscard]] std::span<known_column const> known_columns();

/// aibridge_model_thoughts is optional as a whole: it counts as present when it has all of these columns.
inline constexpr std::string_view thoughts_table = "aibridge_model_thoughts";
[[nodiscard]] std::span<std::string_view const> thoughts_columns();

/// What sessions and counts are read from where it is there (acceleration/*.sql): it counts as present when all of it
/// is readable.
struct acceleration_column {
    std::string_view table, column;
};

[[nodiscard]] std::span<acceleration_column const> acceleration_columns();

/// The log's tables: those of the first two lists.
[[nodiscard]] std::span<std::string_view const> known_tables();

} // namespace bridgewatch::schema
