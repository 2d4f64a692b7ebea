#include "db/schema/acceleration_tables.hpp"

#include "db/schema/acceleration_session.hpp"
#include "db/schema/acceleration_sql.hpp"

#include <chrono>
#include <string_view>
#include <thread>

namespace bridgewatch::schema {
namespace {

using boost::system::in_place_error;
using boost::system::in_place_value;
using boost::system::result;

/// Versions before 4 had one table as their journal.
constexpr std::string_view drop_our_tables =
    "DROP VIEW IF EXISTS @SCHEMA@.bridgewatch_journal_entries;\n"
    "DROP TABLE IF EXISTS @SCHEMA@.bridgewatch_acceleration, @SCHEMA@.bridgewatch_journal, "
    "@SCHEMA@.bridgewatch_journal_ends, @SCHEMA@.bridgewatch_journal_prompts, @SCHEMA@.bridgewatch_journal_changes, "
    "@SCHEMA@.bridgewatch_sessions, @SCHEMA@.bridgewatch_session_counts, @SCHEMA@.bridgewatch_counts;\n";

/// Whoever may read of interceptions what is told by these tables may read them.
constexpr std::string_view grant_as_the_log_does =
    "DO $grant$ DECLARE reader text; BEGIN FOR reader IN SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE "
    "quote_ident(pg_get_userbyid(a.grantee)) END FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a WHERE "
    "c.oid = '@SCHEMA_TEXT@.aibridge_interceptions'::regclass AND a.privilege_type = 'SELECT' UNION SELECT "
    "quote_ident(r.rolname) FROM pg_roles AS r WHERE r.oid IN (SELECT a.grantee FROM pg_attribute AS c CROSS JOIN "
    "LATERAL "
    "aclexplode(c.attacl) AS a WHERE c.attrelid = '@SCHEMA_TEXT@.aibridge_interceptions'::regclass) AND NOT EXISTS "
    "(SELECT "
    "1 FROM pg_attribute AS c WHERE c.attrelid = '@SCHEMA_TEXT@.aibridge_interceptions'::regclass AND NOT "
    "c.attisdropped "
    "AND c.attname IN ('id', 'session_id', 'initiator_id', 'started_at', 'provider', 'provider_name', 'model', "
    "'client') "
    "AND NOT has_column_privilege(r.oid, c.attrelid, c.attnum, 'SELECT')) LOOP EXECUTE 'GRANT SELECT ON "
    "@SCHEMA_TEXT@.bridgewatch_acceleration, @SCHEMA_TEXT@.bridgewatch_journal_entries, "
    "@SCHEMA_TEXT@.bridgewatch_sessions, "
    "@SCHEMA_TEXT@.bridgewatch_session_counts, @SCHEMA_TEXT@.bridgewatch_counts TO ' || reader; END LOOP; END "
    "$grant$;\n";

constexpr std::string_view first_state =
    "INSERT INTO @SCHEMA@.bridgewatch_acceleration (version, state) VALUES (4, 'filling');\n";
static_assert(acceleration_version == 4, "the first state names the version");

struct trigger_set {
    std::string_view table;
    std::string_view acceleration_sql::* text;
    std::int64_t count;
};

constexpr trigger_set trigger_sets[] = {
    {"aibridge_interceptions", &acceleration_sql::triggers_of_interceptions, triggers_of_interceptions},
    {"aibridge_user_prompts", &acceleration_sql::triggers_of_prompts, triggers_of_prompts},
};

std::string brief_transaction(std::string_view sql)
{
    return std::string{"BEGIN; SET LOCAL lock_timeout = '2s';\n"}.append(sql).append("COMMIT");
}

/// A lock that a busy table gives late would keep all later writers waiting behind it: so it is asked for briefly, and
/// again. Each table has a transaction of its own, since two locks could meet a writer's in the other order.
result<void, std::string> run_under_a_brief_lock(pg::blocking_session& in, std::string const& sql)
{
    constexpr int tries = 30;
    for (int left = tries; left > 0; --left) {
        auto const done = in.script(brief_transaction(sql));
        if (done)
            return {};
        (void)in.script("ROLLBACK");
        auto const& state = done.error().diag.sqlstate;
        if (state != pg::sqlstate::lock_not_available && state != pg::sqlstate::deadlock_detected)
            return done.error().diag.message;
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
    return std::string{"a table of the log was locked by others for a minute: run this again"};
}

/// Whether all of them are there, and fire for every writer.
result<bool, std::string> has_triggers(pg::blocking_session& in, std::string_view schema, trigger_set const& of)
{
    auto const found = in.query("SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass($1) AND tgname LIKE "
                                "'bridgewatch\\_%' AND tgparentid = 0 AND tgenabled = 'A'",
                                {{pg::type::text, std::string{schema} + "." + std::string{of.table}}});
    if (!found)
        return {in_place_error, found.error().diag.message};
    return found->at(0, 0).int64() == of.count;
}

/// The statements that drop what is there of them.
result<std::string, std::string> drops_of_triggers(pg::blocking_session& in, std::string_view schema,
                                                   trigger_set const& of)
{
    auto const name = std::string{schema} + "." + std::string{of.table};
    auto const found = in.query("SELECT quote_ident(tgname)::text FROM pg_trigger WHERE tgrelid = to_regclass($1) AND "
                                "tgname LIKE 'bridgewatch\\_%' AND tgparentid = 0",
                                {{pg::type::text, name}});
    if (!found)
        return {in_place_error, found.error().diag.message};
    std::string drops;
    for (std::size_t row = 0; row < found->size(); ++row)
        drops.append("DROP TRIGGER ").append(found->at(row, 0).bytes()).append(" ON ").append(name).append(";\n");
    return {in_place_value, std::move(drops)};
}

struct log_place {
    std::string schema;                 ///< quoted
    bool has_tables;                    ///< ours
    int version = acceleration_version; ///< theirs
};

result<log_place, std::string> look_for_tables(pg::blocking_session& in)
{
    auto schema = schema_of_log(in);
    if (!schema)
        return {in_place_error, schema.error()};
    auto const found =
        in.query("SELECT to_regclass($1) IS NOT NULL", {{pg::type::text, *schema + ".bridgewatch_acceleration"}});
    if (!found)
        return {in_place_error, found.error().diag.message};
    log_place out{.schema = std::move(*schema), .has_tables = found->at(0, 0).boolean()};
    if (!out.has_tables)
        return out;
    auto const told = in.query("SELECT version::bigint FROM " + out.schema + ".bridgewatch_acceleration");
    if (!told)
        return {in_place_error, told.error().diag.message};
    if (!told->empty())
        out.version = static_cast<int>(told->at(0, 0).int64());
    return out;
}

/// Where tables are to be made. A later version's are not for us to change.
result<log_place, std::string> look_where_to_make(pg::blocking_session& in)
{
    auto place = look_for_tables(in);
    if (place && place->version > acceleration_version)
        return {in_place_error, "the tables for sessions and counts are of version " + std::to_string(place->version) +
                                    ", this program's of " + std::to_string(acceleration_version) +
                                    ": use a later program, or drop them first"};
    return place;
}

std::string script_of_tables(std::string_view schema)
{
    auto const& sql = embedded_acceleration();
    std::string text{sql.tables};
    text.append(sql.functions).append(grant_as_the_log_does).append(first_state);
    return acceleration_script(text, schema);
}

/// What takes all of it away, a transaction each. Only for a role that may go through with it: the first makes readers
/// do without the tables.
result<std::vector<std::string>, std::string> drop_steps(pg::blocking_session& in, std::string const& schema)
{
    auto const owned = in.query("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass($1)",
                                {{pg::type::text, schema + ".aibridge_interceptions"}});
    if (!owned)
        return {in_place_error, owned.error().diag.message};
    if (!owned->at(0, 0).boolean())
        return {in_place_error, "must be owner of table aibridge_interceptions"};
    // Readers first: those that come from now on do without it.
    std::vector<std::string> out{"UPDATE " + schema + ".bridgewatch_acceleration SET state = 'disproved';\n"};
    for (auto const& each : trigger_sets) {
        auto drops = drops_of_triggers(in, schema, each);
        if (!drops)
            return {in_place_error, drops.error()};
        if (!drops->empty())
            out.push_back(std::move(*drops));
    }
    auto const functions =
        in.query("SELECT format('%s.%I(%s)', p.pronamespace::regnamespace, p.proname, "
                 "pg_get_function_identity_arguments(p.oid)) FROM pg_proc AS p JOIN pg_class AS c ON c.relnamespace = "
                 "p.pronamespace WHERE c.oid = to_regclass($1) AND p.proname LIKE 'bridgewatch\\_%'",
                 {{pg::type::text, schema + ".aibridge_interceptions"}});
    if (!functions)
        return {in_place_error, functions.error().diag.message};
    auto drops = acceleration_script(drop_our_tables, schema);
    for (std::size_t row = 0; row < functions->size(); ++row)
        drops.append("DROP FUNCTION ").append(functions->at(row, 0).bytes()).append(";\n");
    out.push_back(std::move(drops));
    return out;
}

result<void, std::string> drop_tables(pg::blocking_session& in, std::string const& schema)
{
    auto const steps = drop_steps(in, schema);
    if (!steps)
        return steps.error();
    for (auto const& one : *steps)
        if (auto const done = run_under_a_brief_lock(in, one); !done)
            return done;
    return {};
}

} // namespace

result<acceleration_state, std::string> state_of_acceleration(pg::blocking_session& in)
{
    auto const place = look_for_tables(in);
    if (!place)
        return {in_place_error, place.error()};
    if (!place->has_tables)
        return acceleration_state::missing;
    auto const told = in.query("SELECT r.state, r.version = " + std::to_string(acceleration_version) +
                               " AND r.triggers = " + std::string{signature_of_log} + " FROM " + place->schema +
                               ".bridgewatch_acceleration AS r");
    if (!told)
        return {in_place_error, told.error().diag.message};
    if (told->empty() || told->at(0, 0).bytes() == "disproved")
        return acceleration_state::disproved;
    if (told->at(0, 0).bytes() == "filling")
        return acceleration_state::filling;
    return told->at(0, 1).boolean() ? acceleration_state::ready : acceleration_state::disproved;
}

result<void, std::string> make_acceleration(pg::blocking_session& in)
{
    auto const place = look_where_to_make(in);
    if (!place)
        return place.error();
    auto const& schema = place->schema;
    bool const is_old = place->version < acceleration_version;
    if (is_old)
        if (auto const dropped = drop_tables(in, schema); !dropped)
            return dropped;
    auto const script =
        place->has_tables && !is_old
            ? acceleration_script(std::string{embedded_acceleration().functions} + std::string{grant_as_the_log_does},
                                  schema)
            : script_of_tables(schema);
    if (auto const made = run_script(in, "BEGIN;\n" + script + "COMMIT"); !made)
        return made;
    for (auto const& each : trigger_sets) {
        auto const has = has_triggers(in, schema, each);
        if (!has)
            return has.error();
        if (*has)
            continue;
        auto const drops = drops_of_triggers(in, schema, each);
        if (!drops)
            return drops.error();
        auto const made =
            run_under_a_brief_lock(in, *drops + acceleration_script(embedded_acceleration().*each.text, schema));
        if (!made)
            return made;
    }
    return {};
}

result<void, std::string> drop_acceleration(pg::blocking_session& in)
{
    auto const place = look_for_tables(in);
    if (!place)
        return place.error();
    return place->has_tables ? drop_tables(in, place->schema) : result<void, std::string>{};
}

result<std::string, std::string> acceleration_dry_run(pg::blocking_session& in)
{
    auto const schema = schema_of_log(in);
    std::string_view const name = schema ? std::string_view{*schema} : "public";
    std::string out;
    if (schema) {
        auto const place = look_where_to_make(in);
        if (!place)
            return {in_place_error, place.error()};
        bool const is_old = place->version < acceleration_version;
        if (place->has_tables && !is_old)
            return {in_place_value, "-- The tables for sessions and counts are there.\n"};
        if (is_old) {
            auto const drops = drop_steps(in, *schema);
            if (!drops)
                return {in_place_error, drops.error()};
            out = "-- The tables for sessions and counts are an older version's.\n";
            for (auto const& one : *drops)
                out += brief_transaction(one) + ";\n";
        }
    }
    out += "BEGIN;\n" + script_of_tables(name) + "COMMIT;\n";
    for (auto const& one : trigger_sets)
        out += brief_transaction(acceleration_script(embedded_acceleration().*one.text, name)) + ";\n";
    out += "-- What is recorded already is filled in by bridgewatch migrate, batch by batch.\n";
    return {in_place_value, std::move(out)};
}

} // namespace bridgewatch::schema
