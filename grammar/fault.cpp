#include "grammar/fault.hpp"

#include <array>
#include <cstddef>

namespace bridgewatch::grammar {

namespace {

/// In the order of fault_code.
constexpr std::array<std::string_view, fault_codes> names{
    "query_too_long", "invalid_text",     "too_many_terms", "too_deep",        "edge_colon",   "too_many_colons",
    "syntax",         "no_key",           "not_a_prefix",   "unknown_key",     "not_recorded", "bad_time",
    "bad_number",     "bad_amount",       "bad_duration",   "bad_id",          "bad_name",     "bad_path",
    "empty_range",    "empty_time_range", "too_short",      "too_many_values", "unknown_user"};

} // namespace

std::string_view name_of(fault_code code)
{
    return names[static_cast<std::size_t>(code)];
}

} // namespace bridgewatch::grammar
