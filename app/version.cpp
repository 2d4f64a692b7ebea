#include "app/version.hpp"

#include <boost/version.hpp>
#include <libpq-fe.h>

namespace bridgewatch::app {

std::string release()
{
    return BRIDGEWATCH_VERSION;
}

std::string version()
{
    return "v" BRIDGEWATCH_VERSION "+" BRIDGEWATCH_COMMIT;
}

observe::build_facts build_facts()
{
    auto const dotted = [](int major, int minor) { return std::to_string(major) + "." + std::to_string(minor); };
    int const libpq = PQlibVersion();
    return {.version = BRIDGEWATCH_VERSION,
            .commit = BRIDGEWATCH_COMMIT,
            .compiler = "clang " __clang_version__,
            .boost = dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000),
            .libpq = dotted(libpq / 10000, libpq % 10000)};
}

std::string version_report()
{
    auto const facts = build_facts();
    return "bridgewatch " + facts.version + "\ncommit   " + facts.commit + "\ncompiler " + facts.compiler +
           "\nBoost    " + facts.boost + "\nlibpq    " + facts.libpq + "\n";
}

} // namespace bridgewatch::app
