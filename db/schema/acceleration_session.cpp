#include "db/schema/acceleration_session.hpp"

#include "db/schema/acceleration_sql.hpp"

#include <utility>

namespace bridgewatch::schema {

using boost::system::in_place_error;
using boost::system::in_place_value;
using boost::system::result;

std::string_view const triggers_are_on =
    "(SELECT count(*) = 6 FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid IN ('aibridge_interceptions'::regclass, "
    "'aibridge_user_prompts'::regclass) AND t.tgname LIKE 'bridgewatch\\_%' AND t.tgparentid = 0 AND t.tgenabled = "
    "'A')";

std::string acceleration_script(std::string_view text, std::string_view schema)
{
    std::string quoted{schema};
    for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 2)
        quoted.insert(at, 1, '\'');
    std::pair<std::string_view, std::string_view> const places[] = {
        {"@SCHEMA@", schema}, {"@SCHEMA_TEXT@", quoted}, {"@LOCK@", acceleration_lock}};
    std::string out{text};
    for (auto const& [place, value] : places)
        for (std::size_t at = 0; (at = out.find(place, at)) != std::string::npos; at += value.size())
            out.replace(at, place.size(), value);
    return out;
}

result<std::string, std::string> schema_of_log(pg::blocking_session& in)
{
    auto const found =
        in.query("SELECT quote_ident(n.nspname)::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid "
                 "= c.relnamespace WHERE c.oid = to_regclass('aibridge_interceptions')");
    if (!found)
        return {in_place_error, found.error().diag.message};
    if (found->empty())
        return {in_place_error, "missing in the database: aibridge_interceptions (table)"};
    return {in_place_value, found->at(0, 0).bytes()};
}

result<void, std::string> run_script(pg::blocking_session& in, std::string const& sql)
{
    auto const done = in.script(sql);
    if (done)
        return {};
    // Ends the failed transaction; where the connection is gone, the server has done so.
    (void)in.script("ROLLBACK");
    return done.error().diag.message;
}

result<fold_lock, std::string> fold_lock::take(pg::blocking_session& in, std::string_view schema)
{
    auto key = std::string{acceleration_lock} + ", " + std::string{schema} + ".bridgewatch_lock_key()";
    auto const locked = in.script("SET lock_timeout = '60s'; SELECT pg_advisory_lock(" + key + "); RESET lock_timeout");
    if (locked)
        return fold_lock{in, std::move(key)};
    (void)in.script("RESET lock_timeout");
    constexpr std::string_view lock_not_available = "55P03";
    if (locked.error().diag.sqlstate == lock_not_available)
        return std::string{"a writer's transaction has kept the acceleration locked for a minute: run this again"};
    return locked.error().diag.message;
}

fold_lock::fold_lock(fold_lock&& other) noexcept : in_{std::exchange(other.in_, nullptr)}, key_{std::move(other.key_)}
{
}

fold_lock::~fold_lock()
{
    // Where this fails the session is lost, and the lock with it.
    if (in_ != nullptr)
        (void)in_->script("SELECT pg_advisory_unlock(" + key_ + ")");
}

} // namespace bridgewatch::schema
