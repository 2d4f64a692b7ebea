#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of one query; past a bound is a fault that says so (contract: "Limits").
namespace bridgewatch::grammar::limits {

inline constexpr std::size_t query_bytes = 4096;
inline constexpr std::size_t terms = 64;   ///< faulty pieces included, so that the list of faults is bounded too
inline constexpr std::size_t nesting = 32; ///< of parentheses, those of tool(…) included
inline constexpr std::size_t values = 32;  ///< of one key: in a list, or by repetition
inline constexpr std::size_t suggestion_distance = 2; ///< edits between a misspelt key and the one suggested

/// The longest duration, in microseconds (285 years): whole numbers up to here survive PostgreSQL's multiplication of
/// an interval, which is done in double precision.
inline constexpr std::int64_t duration_micros = std::int64_t{1} << 53;

} // namespace bridgewatch::grammar::limits
