#include "test/support/earlier_schema.hpp"

#include "db/schema/migrate.hpp"
#include "test/support/cluster.hpp"
#include "test/support/session.hpp"

#include <stdexcept>
#include <string_view>

namespace bridgewatch::test {

void make_earlier_schema(std::string const& conninfo, int version)
{
    auto session = open_session(conninfo);
    auto const script = schema::dry_run(session);
    if (script.has_error())
        throw std::runtime_error{script.error()};
    // A released file is never edited: the first files make what there was when they were the newest.
    constexpr std::string_view end_of_step = "\nCOMMIT;\n";
    std::size_t end = 0;
    for (int step = 0; step < version; ++step)
        end = script->find(end_of_step, end) + end_of_step.size();
    cluster::execute(conninfo, script->substr(0, end));
}

} // namespace bridgewatch::test
