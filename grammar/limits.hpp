#pragma once

#include <cstddef>

/// Bounds of one query; past a bound is a fault that says so (contract: "Limits").
namespace bridgewatch::grammar::limits {

inline constexpr std::size_t query_bytes = 4096;
inline constexpr std::size_t terms = 64;
inline constexpr std::size_t values = 32;             ///< of one key: in a list, or by repetition
inline constexpr std::size_t suggestion_distance = 2; ///< edits between a misspelt key and the one suggested

} // namespace bridgewatch::grammar::limits
