#include "app/migrate_command.hpp"

#include "app/open_database.hpp"
#include "db/schema/accelerate.hpp"
#include "db/schema/migrate.hpp"

#include <iostream>

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
    if (with_tables) {
        auto const tables = schema::dry_run(database);
        if (!tables)
            return fail(tables.error());
        script = *tables + "\n";
    }
    auto const indexes = schema::accelerate_dry_run(database);
    if (!indexes)
        return fail(indexes.error());
    std::cout << script << *indexes << std::flush;
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

} // namespace

int run_migrate(migrate_options const& options)
{
    bool const with_tables = options.schema == "full";
    if (!with_tables && options.schema != "accelerate")
        return fail("--schema: expected full or accelerate, got \"" + options.schema + "\"", 2);
    auto database = open_database(options.connection);
    if (!database)
        return fail(database.error());
    if (options.dry_run)
        return print_script(*database, with_tables);
    if (with_tables)
        if (auto const status = make_tables(*database); status != 0)
            return status;
    return make_indexes(*database);
}

} // namespace bridgewatch::app
