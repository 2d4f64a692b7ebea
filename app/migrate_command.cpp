#include "app/migrate_command.hpp"

#include "app/open_database.hpp"
#include "app/progress.hpp"
#include "db/schema/accelerate.hpp"
#include "db/schema/acceleration_tables.hpp"
#include "db/schema/migrate.hpp"
#include "db/schema/migrator_lock.hpp"
#include "db/schema/probe.hpp"

#include <iostream>
#include <optional>

namespace bridgewatch::app {
namespace {

int fail(std::string const& line, int status = 1)
{
    std::cerr << "bridgewatch migrate: " << line << "\n";
    return status;
}

int print_script(pg::blocking_session& database, bool with_tables)
{
    std::string script;
    auto const columns = schema::probe(database);
    if (with_tables) {
        auto const tables = schema::dry_run(database);
        if (!tables)
            return fail(tables.error());
        script = *tables + "\n";
    } else { // what would be refused
        if (auto const good = schema::refuse_later_schema(database); !good)
            return fail(good.error());
        if (!columns)
            return fail(columns.error());
    }
    auto const indexes = schema::accelerate_dry_run(database);
    if (!indexes)
        return fail(indexes.error());
    auto const tables = schema::acceleration_dry_run(database);
    if (!tables)
        return fail(tables.error());
    std::cout << script << *indexes << "\n";
    if (columns && !columns->can_be_accelerated())
        std::cout << "-- " << lacks_columns << "\n" << std::flush;
    else
        std::cout << *tables << std::flush;
    return 0;
}

int make_tables(pg::blocking_session& database)
{
    auto const report = schema::migrate(database);
    if (!report)
        return fail(report.error());
    for (auto const& name : report->applied)
        std::cout << "applied " << name << "\n";
    std::cout << "the schema has version " << report->to << "\n" << std::flush;
    return 0;
}

int make_indexes(pg::blocking_session& database)
{
    auto const report = schema::accelerate(database, [](std::string_view name, std::size_t number, std::size_t of) {
        std::cout << "building " << name << " (" << number << " of " << of << ")\n" << std::flush;
    });
    if (!report)
        return fail(report.error());
    for (auto const& note : report->notes)
        std::cout << "note: " << note << "\n";
    std::cout << (report->built.empty() ? "all indexes for searches were there\n"
                                        : "all indexes for searches are there\n")
              << std::flush;
    return 0;
}

int make_acceleration(pg::blocking_session& database)
{
    auto const columns = schema::probe(database);
    if (!columns)
        return fail(columns.error());
    if (!columns->can_be_accelerated()) {
        std::cout << "note: " << lacks_columns << "\n" << std::flush;
        return 0;
    }
    if (auto const ready = make_tables_ready(database); !ready)
        return fail(ready.error());
    std::cout << "the tables for sessions and counts are ready\n" << std::flush;
    return 0;
}

int drop_all(pg::blocking_session& database)
{
    auto const lock = schema::take_migrator_lock(database);
    if (!lock)
        return fail(lock.error());
    if (auto const gone = schema::drop_acceleration(database); !gone)
        return fail(gone.error());
    auto const gone = schema::drop_search_indexes(database);
    if (!gone)
        return fail(gone.error());
    std::cout << "the tables for sessions and counts are gone, and " << gone->indexes << " indexes"
              << (gone->trigrams ? " with the extension pg_trgm" : "") << "\n"
              << std::flush;
    return 0;
}

} // namespace

boost::system::result<void, std::string> make_tables_ready(pg::blocking_session& database)
{
    auto const lock = schema::take_migrator_lock(database);
    if (!lock)
        return lock.error();
    if (auto made = schema::make_acceleration(database); !made)
        return made;
    std::optional<progress> shown;
    std::uint64_t total = 0;
    return schema::fill_acceleration(database, [&](std::uint64_t done, std::uint64_t of) {
        auto const other_total = std::exchange(total, of) != of;
        if (!shown || other_total) // an empty database has a total of 0
            shown.emplace("filling the tables for sessions and counts", of);
        shown->update(done);
    });
}

int run_migrate(migrate_options const& options)
{
    bool const with_tables = options.schema == "full";
    if (!with_tables && options.schema != "accelerate")
        return fail("--schema: expected full or accelerate, got \"" + options.schema + "\"", 2);
    if (options.drop && (with_tables || options.dry_run))
        return fail("--drop: expected together with --schema=accelerate, and not with --dry-run", 2);
    auto database = open_database(options.connection);
    if (!database)
        return fail(database.error());
    if (options.drop)
        return drop_all(*database);
    if (options.dry_run)
        return print_script(*database, with_tables);
    if (with_tables)
        if (auto const status = make_tables(*database); status != 0)
            return status;
    if (auto const status = make_indexes(*database); status != 0)
        return status;
    return make_acceleration(*database);
}

} // namespace bridgewatch::app
