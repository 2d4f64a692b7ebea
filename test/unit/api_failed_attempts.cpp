// How many bad tokens may an address send, and is the table bounded without anybody getting out of it?
#include "lib/api/failed_attempts.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace bridgewatch;
using namespace std::chrono_literals;
using api::failed_attempts;
using time_point = failed_attempts::clock::time_point;

time_point const start{1000h};

http::address at(std::string const& text)
{
    return http::parse_address(text).value();
}

/// How many of `tries` are within the allowance.
std::size_t allowed(failed_attempts& attempts, std::string const& from, std::size_t tries, time_point now)
{
    std::size_t good = 0;
    for (std::size_t i = 0; i < tries; ++i)
        good += attempts.note(at(from), now) ? 1U : 0U;
    return good;
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_failed_attempts)

BOOST_AUTO_TEST_CASE(allowance_is_exact_and_comes_back_one_by_one)
{
    failed_attempts attempts{6};
    BOOST_TEST(!attempts.is_over(at("192.0.2.1"), start));
    BOOST_TEST(allowed(attempts, "192.0.2.1", 5, start) == 5U);
    BOOST_TEST(!attempts.is_over(at("192.0.2.1"), start));
    BOOST_TEST(allowed(attempts, "192.0.2.1", 1, start) == 1U);
    BOOST_TEST(attempts.is_over(at("192.0.2.1"), start));
    BOOST_TEST(allowed(attempts, "192.0.2.1", 50, start) == 0U); // and these do not make it longer
    BOOST_TEST(attempts.retry_after(at("192.0.2.1"), start).count() == 10);
    BOOST_TEST(attempts.retry_after(at("192.0.2.1"), start + 9500ms).count() == 1);
    BOOST_TEST(attempts.is_over(at("192.0.2.1"), start + 9999ms));
    BOOST_TEST(allowed(attempts, "192.0.2.1", 2, start + 10s) == 1U);
    BOOST_TEST(allowed(attempts, "192.0.2.1", 9, start + 70s) == 6U); // never more than all of them
}

BOOST_AUTO_TEST_CASE(one_address_says_nothing_about_another)
{
    failed_attempts attempts{3};
    BOOST_TEST(allowed(attempts, "192.0.2.1", 9, start) == 3U);
    BOOST_TEST(allowed(attempts, "192.0.2.2", 9, start) == 3U);
    BOOST_TEST(allowed(attempts, "2001:db8::1", 9, start) == 3U);
    BOOST_TEST(attempts.note(http::address{}, start)); // a unix socket
    BOOST_TEST(attempts.size() == 4U);
}

BOOST_AUTO_TEST_CASE(addresses_of_a_v6_network_count_as_one)
{
    failed_attempts attempts{3};
    BOOST_TEST(allowed(attempts, "2001:db8:1:2::1", 2, start) == 2U);
    BOOST_TEST(allowed(attempts, "2001:db8:1:2:ffff:ffff:ffff:ffff", 2, start) == 1U);
    BOOST_TEST(attempts.is_over(at("2001:db8:1:2:3:4:5:6"), start));
    BOOST_TEST(!attempts.is_over(at("2001:db8:1:3::1"), start));
    BOOST_TEST(allowed(attempts, "::ffff:192.0.2.1", 9, start) == 3U);
    BOOST_TEST(attempts.is_over(at("192.0.2.1"), start)); // the same address in another form
}

BOOST_AUTO_TEST_CASE(full_table_gives_all_others_one_allowance)
{
    failed_attempts attempts{3, 2};
    BOOST_TEST(allowed(attempts, "192.0.2.1", 9, start) == 3U);
    BOOST_TEST(allowed(attempts, "192.0.2.2", 1, start) == 1U);
    BOOST_TEST(allowed(attempts, "192.0.2.3", 2, start) == 2U);
    BOOST_TEST(allowed(attempts, "192.0.2.4", 2, start) == 1U);
    BOOST_TEST(attempts.is_over(at("192.0.2.5"), start));
    BOOST_TEST(attempts.size() == 2U);
    BOOST_TEST(attempts.is_over(at("192.0.2.1"), start)); // nobody was thrown out
    BOOST_TEST(!attempts.is_over(at("192.0.2.2"), start));
    // Those whose allowance is whole again make room.
    BOOST_TEST(allowed(attempts, "192.0.2.6", 9, start + 61s) == 3U);
    BOOST_TEST(attempts.size() <= 2U);
}

BOOST_AUTO_TEST_SUITE_END()
