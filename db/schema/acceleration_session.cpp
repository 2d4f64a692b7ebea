#include "db/schema/acceleration_session.hpp"

#include "db/schema/acceleration_sql.hpp"

#include <utility>

namespace bridgewatch::schema {

using boost::system::in_place_error;
using boost::system::in_place_value;
using boost::system::result;

std::string_view const triggers_are_on =
    "(SELECT count(*) = 7 FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid IN ('aibridge_interceptions'::regclass, "
    "'aibridge_user_prompts'::regclass) AND t.tgname LIKE 'bridgewatch\\_%' AND t.tgparentid = 0 AND t.tgenabled = "
    "'A')";
static_assert(triggers_of_interceptions + triggers_of_prompts == 7, "the expression names their number");

std::string replaced(std::string text, std::string_view place, std::string_view value)
{
    for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += value.size())
        text.replace(at, place.size(), value);
    return text;
}

std::string acceleration_script(std::string_view text, std::string_view schema)
{
    auto out = replaced(std::string{text}, "@SCHEMA@", schema);
    out = replaced(std::move(out), "@SCHEMA_TEXT@", replaced(std::string{schema}, "'", "''"));
    return replaced(std::move(out), "@LOCK@", acceleration_lock);
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

result<advisory_lock, std::string> take_fold_lock(pg::blocking_session& in, std::string_view schema)
{
    return advisory_lock::take(in,
                               std::string{acceleration_lock} + ", " + std::string{schema} + ".bridgewatch_lock_key()",
                               "a writer's transaction has kept the acceleration locked for a minute: run this again");
}

} // namespace bridgewatch::schema
