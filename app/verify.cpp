#include "app/verify.hpp"

#include "app/migrate_command.hpp"
#include "app/open_database.hpp"
#include "db/schema/probe.hpp"
#include "db/schema/verification.hpp"

#include <iostream>

namespace bridgewatch::app {
namespace {

using schema::acceleration_state;

int fail(std::string const& line)
{
    std::cerr << "bridgewatch verify: " << line << "\n";
    return 1;
}

std::string_view words(acceleration_state state)
{
    switch (state) {
    case acceleration_state::missing:
        return "there are no tables for sessions and counts: bridgewatch migrate --schema=accelerate makes them";
    case acceleration_state::filling:
        return "the tables for sessions and counts are not filled yet: bridgewatch migrate --schema=accelerate goes on";
    case acceleration_state::disproved:
        return "the tables for sessions and counts are not in use: they were found wrong, or their triggers were off";
    case acceleration_state::ready:
        break;
    }
    return "the tables for sessions and counts are in use";
}

void describe(schema::verification const& found)
{
    std::cout << words(found.state) << "\n";
    if (found.state != acceleration_state::ready)
        return;
    std::cout << "wrong: " << found.hours << " counts of hours, " << found.sums << " sums, " << found.sessions
              << " sessions, " << found.session_counts << " numbers of sessions; " << found.pending
              << " journal entries wait to be folded in\n"
              << std::flush;
}

int repair(pg::blocking_session& database, schema::verification const& found)
{
    if (found.state == acceleration_state::missing)
        return 1;
    if (auto const ready = make_tables_ready(database); !ready)
        return fail(ready.error());
    auto const after = schema::verify_acceleration(database);
    if (!after)
        return fail(after.error());
    describe(*after);
    return after->state == acceleration_state::ready && after->faults() == 0 ? 0 : 1;
}

} // namespace

int run_verify(verify_options const& options)
{
    auto database = open_database(options.connection);
    if (!database)
        return fail(database.error());
    auto const found = schema::verify_acceleration(*database);
    if (!found)
        return fail(found.error());
    if (found->state == acceleration_state::missing)
        if (auto const columns = schema::probe(*database); columns && !columns->can_be_accelerated())
            return fail(std::string{lacks_columns});
    describe(*found);
    bool const is_right = found->state == acceleration_state::ready && found->faults() == 0;
    if (is_right)
        return 0;
    if (found->faults() > 0) {
        if (auto const told = schema::disprove_acceleration(*database); !told)
            return fail("readers cannot be kept from it: " + told.error());
        std::cout << "it is kept from readers from now on\n" << std::flush;
    }
    return options.repair ? repair(*database, *found) : 1;
}

} // namespace bridgewatch::app
