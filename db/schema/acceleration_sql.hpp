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
inline constexpr int acceleration_version = 4;

/// How many triggers each table has.
inline constexpr int triggers_of_interceptions = 4, triggers_of_prompts = 3;

/// "brig" as a number: the first half of the advisory lock that whoever folds, fills or mends holds.
inline constexpr std::string_view acceleration_lock = "1651664743";

/// What the tables are kept by and made from, as an SQL expression: the triggers' rows in the catalogue, and the
/// columns that are read. xmin changes whenever a row is written, so a trigger that was off for a while is known by it
/// though it is on again. A column that was dropped and came back has another number.
inline constexpr char const* signature_of_log =
    "concat_ws('; ', (SELECT string_agg(concat_ws(' ', t.tgname, t.tgenabled, t.xmin), ', ' ORDER BY t.tgrelid, "
    "t.tgname) "
    "FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid IN ('aibridge_interceptions'::regclass, "
    "'aibridge_user_prompts'::regclass) AND t.tgname LIKE 'bridgewatch\\_%' AND t.tgparentid = 0), (SELECT "
    "string_agg(concat_ws(' ', a.attname, a.attnum, a.atttypid), ', ' ORDER BY a.attrelid, a.attnum) FROM "
    "pg_catalog.pg_attribute AS a WHERE a.attrelid IN ('aibridge_interceptions'::regclass, "
    "'aibridge_user_prompts'::regclass) AND a.attnum > 0 AND a.attname = ANY ('{id,initiator_id,session_id,started_at,"
    "ended_at,provider,provider_name,model,client,interception_id,created_at}'::name[]) AND NOT a.attisdropped))";

/// A template with its places filled.
/// @param schema  of the log's tables, quoted as an identifier (quote_ident)
[[nodiscard]] std::string acceleration_script(std::string_view text, std::string_view schema);

} // namespace bridgewatch::schema
