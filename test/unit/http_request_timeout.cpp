#include "lib/http/request_timeout.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bridgewatch::http {
namespace {

namespace bdata = boost::unit_test::data;

struct timeout_case {
    std::string_view text;
    std::int64_t milliseconds; ///< 0: refused
};

std::ostream& operator<<(std::ostream& out, timeout_case const& c)
{
    return out << '"' << c.text << '"';
}

timeout_case const cases[] = {
    {"1", 1000},   {"0.25", 250},    {"12.5", 12'500},    {"007", 7000},
    {"0.0001", 1}, {"1.0004", 1001}, {"86400", 86400000}, {"1000000000", 86400000},
    {"", 0},       {"0", 0},         {"0.0", 0},          {"-1", 0},
    {"+1", 0},     {"1s", 0},        {" 1", 0},           {"1 ", 0},
    {".5", 0},     {"5.", 0},        {"1e3", 0},          {"inf", 0},
    {"nan", 0},    {"0x10", 0},      {"1,5", 0},          {"1.2.3", 0},
    {"PT1S", 0},
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_request_timeout)

BOOST_DATA_TEST_CASE(text_is_read, bdata::make(cases), c)
{
    auto const got = parse_request_timeout(c.text);
    BOOST_TEST(got.has_value() == (c.milliseconds > 0));
    BOOST_TEST(got.value_or(std::chrono::milliseconds{0}).count() == c.milliseconds);
}

BOOST_AUTO_TEST_CASE(any_number_of_digits_is_a_day_at_most)
{
    BOOST_TEST((parse_request_timeout(std::string(300, '9')) == std::chrono::days{1}));
    BOOST_TEST(!parse_request_timeout("0." + std::string(400, '0') + "1")); // less than any number that there is
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::http
