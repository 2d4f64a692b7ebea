#include "app/version.hpp"

#include <boost/version.hpp>
#include <libpq-fe.h>

namespace bridgewatch::app {

std::string version()
{
    return "v" BRIDGEWATCH_VERSION "+" BRIDGEWATCH_COMMIT;
}

std::string version_report()
{
    auto const dotted = [](int major, int minor) { return std::to_string(major) + "." + std::to_string(minor); };
    int const libpq = PQlibVersion();
    return "bridgewatch " BRIDGEWATCH_VERSION "\ncommit   " BRIDGEWATCH_COMMIT "\ncompiler clang " __clang_version__
           "\nBoost    " +
           dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000) + "\nlibpq    " +
           dotted(libpq / 10000, libpq % 10000) + "\n";
}

} // namespace bridgewatch::app
