#include "lib/api/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace bridgewatch::api {
namespace {

using namespace std::chrono_literals;

pg::errc told(pg::errc code, std::chrono::steady_clock::duration took)
{
    return tell_apart({.code = code, .diag = {.sqlstate = "57014", .message = {}}}, took, 1000ms).code;
}

BOOST_AUTO_TEST_SUITE(api_errors)

BOOST_AUTO_TEST_CASE(cancel_before_the_limit_is_an_administrators)
{
    BOOST_TEST((told(pg::errc::statement_timeout, 10ms) == pg::errc::stopped));
    BOOST_TEST((told(pg::errc::statement_timeout, 990ms) == pg::errc::stopped));
    BOOST_TEST((told(pg::errc::statement_timeout, 1000ms) == pg::errc::statement_timeout));
}

BOOST_AUTO_TEST_CASE(limit_in_whole_milliseconds_may_end_it_a_little_earlier)
{
    BOOST_TEST((told(pg::errc::statement_timeout, 999100us) == pg::errc::statement_timeout));
}

BOOST_AUTO_TEST_CASE(other_failures_stay_what_they_are)
{
    BOOST_TEST((told(pg::errc::connection_lost, 10ms) == pg::errc::connection_lost));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::api
