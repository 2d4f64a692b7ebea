#include "lib/core/byte_size.hpp"
#include "lib/core/cpu.hpp"
#include "lib/core/duration.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

struct duration_case {
    char const* text;
    long milliseconds; ///< -1: refused
};

std::ostream& operator<<(std::ostream& out, duration_case const& c)
{
    return out << c.text;
}

duration_case const durations[] = {{"250ms", 250},
                                   {"10s", 10000},
                                   {"5m", 300000},
                                   {"1h", 3600000},
                                   {"24h", 86400000},
                                   {"0", 0},
                                   {"0s", 0},
                                   {"25h", -1},
                                   {"10", -1},
                                   {"", -1},
                                   {"s", -1},
                                   {"-1s", -1},
                                   {"1.5s", -1},
                                   {"1 s", -1},
                                   {"1s ", -1},
                                   {"1d", -1},
                                   {"99999999999999999999s", -1}};

struct size_case {
    char const* text;
    std::int64_t bytes; ///< -1: refused
};

std::ostream& operator<<(std::ostream& out, size_case const& c)
{
    return out << c.text;
}

size_case const sizes[] = {{"0", 0},
                           {"65536", 65536},
                           {"1KiB", 1024},
                           {"64MiB", 67108864},
                           {"3GiB", 3221225472},
                           {"1024GiB", 1099511627776},
                           {"1025GiB", -1},
                           {"", -1},
                           {"KiB", -1},
                           {"-1", -1},
                           {"1.5MiB", -1},
                           {"1 MiB", -1},
                           {"1MB", -1},
                           {"1kib", -1},
                           {"64MiB ", -1},
                           {"99999999999999999999", -1}};

struct quota_case {
    char const* line;
    int cores; ///< 0: none
};

std::ostream& operator<<(std::ostream& out, quota_case const& c)
{
    return out << c.line;
}

quota_case const quotas[] = {{"max 100000", 0}, {"100000 100000", 1}, {"150000 100000", 2}, {"50000 100000", 1},
                             {"", 0},           {"-1 100000", 0},     {"800000 100000", 8}};

} // namespace

BOOST_AUTO_TEST_SUITE(core_values)

BOOST_DATA_TEST_CASE(duration_needs_its_unit, bdata::make(durations), c)
{
    auto const got = core::parse_duration(c.text);
    BOOST_TEST((got ? got->count() : -1) == c.milliseconds);
}

BOOST_DATA_TEST_CASE(size_may_have_a_binary_unit, bdata::make(sizes), c)
{
    BOOST_TEST(core::parse_byte_size(c.text).value_or(-1) == c.bytes);
}

BOOST_DATA_TEST_CASE(cgroup_quota_rounds_up, bdata::make(quotas), c)
{
    BOOST_TEST(core::cores_of_cpu_max(c.line).value_or(0) == static_cast<std::size_t>(c.cores));
}

BOOST_AUTO_TEST_CASE(there_is_at_least_one_core)
{
    BOOST_TEST(core::usable_cores() >= 1U);
}

BOOST_AUTO_TEST_SUITE_END()
