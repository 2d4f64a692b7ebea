#include "app/migrate_command.hpp"

#include "app/open_database.hpp"
#include "db/schema/migrate.hpp"

#include <iostream>

namespace bridgewatch::app {
namespace {

int fail(std::string const& line, int status = 1)
{
    std::cerr << "bridgewatch migrate: " << line << "\n";
    return status;
}

} // namespace

int run_migrate(migrate_options const& options)
{
    if (options.schema == "accelerate") {
        std::cout << "-- nothing to do: this version has no acceleration, it serves the database as it is\n";
        return 0;
    }
    if (options.schema != "full")
        return fail("--schema: expected full or accelerate, got \"" + options.schema + "\"", 2);
    auto database = open_database(options.connection);
    if (!database)
        return fail(database.error());
    if (options.dry_run) {
        auto const script = schema::dry_run(*database);
        if (!script)
            return fail(script.error());
        std::cout << *script << std::flush;
        return 0;
    }
    auto const report = schema::migrate(*database);
    if (!report)
        return fail(report.error());
    for (auto const& name : report->applied)
        std::cout << "applied " << name << "\n";
    std::cout << "the schema has version " << report->to << "\n" << std::flush;
    return 0;
}

} // namespace bridgewatch::app
