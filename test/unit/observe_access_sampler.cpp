#include "lib/observe/access_line.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>

namespace bridgewatch::observe {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct tally {
    std::uint64_t written = 0, left_out = 0;
};

tally send(access_sampler& to, int count, int status, steady_clock::time_point at, bool is_crowded = false)
{
    tally out;
    for (int i = 0; i < count; ++i) {
        if (auto const before = to.admit(status, at, is_crowded)) {
            ++out.written;
            out.left_out += *before;
        }
    }
    return out;
}

steady_clock::time_point const start{std::chrono::hours{1}};

BOOST_AUTO_TEST_SUITE(observe_access_sampler)

BOOST_AUTO_TEST_CASE(answers_are_all_written)
{
    access_sampler lines;
    BOOST_TEST(send(lines, 100'000, 200, start).written == 100'000U);
    BOOST_TEST(send(lines, 100'000, 500, start).written == 100'000U);
}

BOOST_AUTO_TEST_CASE(refusals_are_written_up_to_a_rate_and_the_rest_is_counted)
{
    access_sampler lines;
    auto const flood = send(lines, 10'000, 503, start);
    BOOST_TEST(flood.written == 199U); // a hundred, then each hundredth
    BOOST_TEST(lines.left_out() == 9801U);
    BOOST_TEST(send(lines, 1, 200, start + milliseconds{1}).left_out + flood.left_out == 9801U);
    BOOST_TEST(send(lines, 100, 429, start + milliseconds{1001}).written == 100U);
}

BOOST_AUTO_TEST_CASE(log_that_cannot_keep_up_gets_a_tenth)
{
    access_sampler lines;
    BOOST_TEST(send(lines, 1000, 200, start, true).written == 100U);
    BOOST_TEST(lines.left_out() == 900U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::observe
