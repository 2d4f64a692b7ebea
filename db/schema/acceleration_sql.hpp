#pragma once

#include <string>
#include <string_view>

namespace bridgewatch::schema {

/// The SQL files of db/schema/acceleration, as templates: see acceleration_script.
struct acceleration_sql {
    std::string_view tables, functions, triggers_of_interceptions, triggers_of_prompts;
};

[[nodiscard]] acceleration_sql const& embedded_acceleration();

/// Changes with what the tables hold and mean. A reader trusts no other.
inline constexpr int acceleration_version = 1;

/// "brig" as a number: the first half of the advisory lock that whoever folds, fills or mends holds.
inline constexpr std::string_view acceleration_lock = "1651664743";

/// A template with its places filled.
/// @param schema  of the log's tables, quoted as an identifier (quote_ident)
[[nodiscard]] std::string acceleration_script(std::string_view text, std::string_view schema);

} // namespace bridgewatch::schema
