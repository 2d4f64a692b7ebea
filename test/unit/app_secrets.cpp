// Is what may be a password overwritten on the command line, and nothing else?
#include "app/secrets.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/prctl.h>

#include <ostream>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace {

struct line_case {
    std::vector<std::string> given, left;
};

std::ostream& operator<<(std::ostream& out, line_case const& c)
{
    for (auto const& each : c.given)
        out << each << ' ';
    return out;
}

line_case const lines[] = {
    {{"serve", "--database-url", "secret", "--threads", "2"}, {"serve", "--database-url", "xxxxxx", "--threads", "2"}},
    {{"serve", "--database-url=secret"}, {"serve", "--database-url=xxxxxx"}},
    {{"serve", "--database-url", "a", "--database-url", "b"}, {"serve", "--database-url", "x", "--database-url", "x"}},
    {{"serve", "--database-url-file", "/path"}, {"serve", "--database-url-file", "/path"}},
    {{"serve", "--database-url-file=/path"}, {"serve", "--database-url-file=/path"}},
    {{"serve", "--database-url"}, {"serve", "--database-url"}},
    {{"serve", "--database-url", ""}, {"serve", "--database-url", ""}},
    {{}, {}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(app_secrets)

BOOST_DATA_TEST_CASE(value_of_the_database_url_goes, bdata::make(lines), line)
{
    auto given = line.given;
    std::vector<char*> arguments;
    for (auto& each : given)
        arguments.push_back(each.data());
    bridgewatch::app::hide_database_url(arguments);
    BOOST_TEST(given == line.left, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(core_dumps_are_forbidden_and_allowed)
{
    bridgewatch::app::allow_core_dumps(false);
    BOOST_TEST(::prctl(PR_GET_DUMPABLE) == 0);
    bridgewatch::app::allow_core_dumps(true);
    BOOST_TEST(::prctl(PR_GET_DUMPABLE) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
