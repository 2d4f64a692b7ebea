#pragma once

#include "db/store/counting.hpp"
#include "grammar/fault.hpp"
#include "grammar/time.hpp"
#include "grammar/uuid.hpp"
#include "lib/api/query_parameters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How single parameters are read. What is wrong is added to the faults; an empty value is an absent one.
namespace bridgewatch::api {

inline constexpr char const* invalid_values = "Query parameters have invalid values.";

using parameter_faults = std::vector<grammar::fault>;

[[nodiscard]] grammar::fault parameter_fault(std::string_view name, std::string detail);

/// A decimal integer in 0..2147483647; a leading `+` is good. Absent is 0.
[[nodiscard]] std::int64_t read_number(query_parameters const& given, std::string_view name, parameter_faults& found);

/// The nil UUID is an absent one.
[[nodiscard]] std::optional<grammar::uuid> read_uuid(query_parameters const& given, std::string_view name,
                                                     parameter_faults& found);

/// RFC 3339.
[[nodiscard]] std::optional<grammar::sys_micro> read_time(query_parameters const& given, std::string_view name,
                                                          parameter_faults& found);

/// Empty where the value is none of the modes.
[[nodiscard]] std::optional<store::count_mode> read_count(query_parameters const& given);

} // namespace bridgewatch::api
