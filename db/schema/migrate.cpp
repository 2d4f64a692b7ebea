#include "db/schema/migrate.hpp"

#include "db/schema/known_columns.hpp"
#include "db/schema/migrator_lock.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace bridgewatch::schema {
namespace {

using boost::system::in_place_error;
using boost::system::in_place_value;
using boost::system::result;

constexpr std::string_view make_version_table = "CREATE TABLE bridgewatch_schema (\n"
                                                "    version    integer     PRIMARY KEY,\n"
                                                "    name       text        NOT NULL,\n"
                                                "    applied_at timestamptz NOT NULL DEFAULT now()\n"
                                                ");\n\n";

/// The known tables that a query of this connection would find.
result<std::vector<std::string>, std::string> existing_tables(pg::blocking_session& database)
{
    std::string names;
    for (auto const table : known_tables())
        names.append(names.empty() ? "'" : ", '").append(table).append("'");
    auto const answer = database.query("SELECT wanted.name FROM unnest(ARRAY[" + names +
                                       "]) AS wanted(name) WHERE to_regclass(wanted.name) IS NOT NULL ORDER BY 1");
    if (!answer)
        return answer.error().diag.message;
    std::vector<std::string> out;
    out.reserve(answer->size());
    for (std::size_t row = 0; row < answer->size(); ++row)
        out.emplace_back(answer->at(row, 0).bytes());
    return out;
}

/// What the table of versions says. Error where that is later than what this program knows.
result<int, std::string> told_version(pg::blocking_session& database)
{
    auto const answer = database.query("SELECT coalesce(max(version), 0)::bigint FROM bridgewatch_schema");
    if (!answer)
        return answer.error().diag.message;
    auto const version = static_cast<int>(answer->at(0, 0).int64());
    auto const newest = migrations().back().number;
    if (version > newest)
        return "the schema of this database has version " + std::to_string(version) +
               ", and this bridgewatch knows versions up to " + std::to_string(newest) + ": use a newer one";
    return version;
}

result<bool, std::string> has_version(pg::blocking_session& database)
{
    auto const table = database.query("SELECT to_regclass('bridgewatch_schema') IS NOT NULL");
    if (!table)
        return {boost::system::in_place_error, table.error().diag.message};
    return table->at(0, 0).boolean();
}

/// The version of the schema, 0 for an empty database. Error where it is none that we may touch.
result<int, std::string> current_version(pg::blocking_session& database)
{
    auto const has = has_version(database);
    if (!has)
        return has.error();
    if (*has)
        return told_version(database);
    auto const tables = existing_tables(database);
    if (!tables)
        return tables.error();
    if (tables->empty())
        return 0;
    std::string list;
    for (auto const& name : *tables)
        list += (list.empty() ? "" : ", ") + name;
    return "this database has tables that bridgewatch did not make (" + list +
           "): it is served as it is; migrate is for a database of its own";
}

std::string script_of(migration const& step)
{
    auto const number = std::to_string(step.number);
    std::string out = "BEGIN;\n\n";
    if (step.number == 1)
        out += make_version_table;
    out += step.sql;
    out += "\nINSERT INTO bridgewatch_schema (version, name) VALUES (" + number + ", '" + std::string{step.name} +
           "');\n\nCOMMIT;\n";
    return out;
}

auto pending(int version)
{
    return migrations().subspan(static_cast<std::size_t>(version));
}

} // namespace

result<void, std::string> refuse_later_schema(pg::blocking_session& database)
{
    auto const has = has_version(database);
    if (!has)
        return has.error();
    if (*has)
        if (auto const version = told_version(database); !version)
            return version.error();
    return {};
}

result<migration_report, std::string> migrate(pg::blocking_session& database)
{
    auto const lock = take_migrator_lock(database);
    if (!lock)
        return lock.error();
    auto const version = current_version(database);
    if (!version)
        return version.error();
    migration_report report{.from = *version, .to = *version, .applied = {}};
    for (auto const& step : pending(*version)) {
        if (auto const done = database.script(script_of(step)); !done) {
            // Ends the failed transaction; where the connection is gone, the server has done so.
            (void)database.script("ROLLBACK");
            return "migration " + std::to_string(step.number) + " (" + std::string{step.name} +
                   "): " + done.error().diag.message;
        }
        report.to = step.number;
        report.applied.emplace_back(step.name);
    }
    return report;
}

result<std::string, std::string> dry_run(pg::blocking_session& database)
{
    auto const version = current_version(database);
    if (!version)
        return {in_place_error, version.error()};
    std::string out;
    for (auto const& step : pending(*version))
        out += (out.empty() ? "-- " : "\n-- ") + std::to_string(step.number) + ": " + std::string{step.name} + "\n" +
               script_of(step);
    if (out.empty())
        out = "-- Nothing to do: the schema has version " + std::to_string(*version) + ".\n";
    return {in_place_value, std::move(out)};
}

} // namespace bridgewatch::schema
