#include "grammar/duration.hpp"
#include "grammar/limits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <ostream>

namespace bdata = boost::unit_test::data;
using namespace std::string_view_literals;

namespace bridgewatch::grammar {
namespace {

constexpr std::int64_t second = 1'000'000, minute = 60 * second, hour = 60 * minute, day = 24 * hour, week = 7 * day;

/// Empty: no duration.
struct duration_case {
    std::string_view text;
    std::optional<std::int64_t> micros;
};

std::ostream& operator<<(std::ostream& out, duration_case const& c)
{
    return out << '"' << c.text << '"';
}

duration_case const duration_cases[] = {
    {"1ms", 1'000},
    {"1s", second},
    {"1m", minute},
    {"1h", hour},
    {"1d", day},
    {"1w", week},
    {"30S", 30 * second},
    {"5MS", 5'000},
    {"1H30M", hour + 30 * minute},
    {"0s", 0},
    {"0w0d0h0m0s0ms", 0},
    {"90m", 90 * minute},
    {"1.5h", hour + 30 * minute},
    {".5s", 500'000},
    {"0.000001s", 1},
    {"0.001ms", 1},
    {"1.000001s", second + 1},
    {"0.000001w", 604'800},
    {"1.5000000s", second + 500'000},
    {"10000000000ms", 10'000'000 * second},
    {"1w2d3h4m5s6ms", week + 2 * day + 3 * hour + 4 * minute + 5 * second + 6'000},
    {"1w6ms", week + 6'000},
    {"1.5m1.5s", 91 * second + 500'000},
    {"9007199254740.992ms", 9'007'199'254'740'992},
    {"9007199254.740992s", 9'007'199'254'740'992},
    {"9007199254s740.992ms", 9'007'199'254'740'992},
    // Past the longest.
    {"9007199254.740993s", {}},
    {"9007199254s740.993ms", {}},
    {"9007199254740.993ms", {}},
    {"14893w", {}},
    {"9223372036854775807w", {}},
    {"99999999999999999999999999s", {}},
    // Finer than a microsecond.
    {"0.0000001s", {}},
    {"0.0001ms", {}},
    {"0.0000005ms", {}},
    {"0.0000001w", {}}, // 60.48 ms, but six places are all that is read
    // Not in order, or twice.
    {"30s1m", {}},
    {"1m1h", {}},
    {"1ms1s", {}},
    {"1s1s", {}},
    {"1h1h", {}},
    // No duration.
    {"", {}},
    {"30", {}},
    {"0", {}},
    {"s", {}},
    {"1h30", {}},
    {"1hm", {}},
    {"h1", {}},
    {"-1s", {}},
    {"+1s", {}},
    {"1 s", {}},
    {" 1s", {}},
    {"1s ", {}},
    {"1.s", {}},
    {".s", {}},
    {"1..5s", {}},
    {"1.2.3s", {}},
    {"1e3s", {}},
    {"1y", {}},
    {"1mo", {}},
    {"1us", {}},
    {"1sec", {}},
    {"1µs", {}},
    {"1:30", {}},
    {"PT1H", {}},
    {"1s\0"sv, {}},
    {"*", {}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_duration)

BOOST_DATA_TEST_CASE(reads_a_duration, bdata::make(duration_cases), c)
{
    auto const got = parse_duration(c.text);
    BOOST_TEST(got.has_value() == c.micros.has_value());
    if (got && c.micros)
        BOOST_TEST(got->count() == *c.micros);
}

BOOST_AUTO_TEST_CASE(the_longest_is_as_the_limit_says)
{
    BOOST_TEST(parse_duration("9007199254.740992s").value().count() == limits::duration_micros);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
