#include "lib/api/attempts.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace bridgewatch::api {
namespace {

pg::failure lost(std::string sqlstate = {})
{
    return {.code = pg::errc::connection_lost, .diag = {.sqlstate = std::move(sqlstate), .message = {}}};
}

BOOST_AUTO_TEST_SUITE(api_attempts)

BOOST_AUTO_TEST_CASE(lost_connection_is_worth_one_more)
{
    attempts tries;
    BOOST_TEST(tries.take_another(lost()));
    BOOST_TEST(!tries.take_another(lost()));
    BOOST_TEST(!tries.take_another(lost("08006")));
}

BOOST_AUTO_TEST_CASE(second_one_that_a_crash_took_along_is_worth_one_more)
{
    attempts tries;
    BOOST_TEST(tries.take_another(lost()));
    BOOST_TEST(tries.take_another(lost("57P02")));
    BOOST_TEST(!tries.take_another(lost("57P02")));
}

BOOST_AUTO_TEST_CASE(second_one_that_is_ended_with_all_the_others_is_worth_one_more)
{
    attempts tries;
    BOOST_TEST(tries.take_another(lost("57P01")));
    BOOST_TEST(tries.take_another(lost("57P01")));
    BOOST_TEST(!tries.take_another(lost("57P01")));
}

BOOST_AUTO_TEST_CASE(fault_of_the_read_is_worth_none_and_uses_none_up)
{
    attempts tries;
    BOOST_TEST(!tries.take_another({.code = pg::errc::statement_timeout, .diag = {}}));
    BOOST_TEST(!tries.take_another({.code = pg::errc::stopped, .diag = {.sqlstate = "57014", .message = {}}}));
    BOOST_TEST(tries.take_another(lost()));
}

BOOST_AUTO_TEST_CASE(server_is_given_time_where_other_sessions_may_follow)
{
    attempts tries;
    BOOST_TEST(tries.pause().count() == 0);
    BOOST_TEST(tries.take_another(lost()));
    BOOST_TEST(tries.pause().count() > 0);
    BOOST_TEST(tries.take_another(lost("57P02")));
    BOOST_TEST(tries.pause().count() == 0);
    attempts ended;
    BOOST_TEST(ended.take_another(lost("57P01")));
    BOOST_TEST(ended.pause().count() > 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::api
