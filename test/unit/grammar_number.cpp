#include "grammar/number.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <ostream>
#include <random>
#include <string>

namespace bdata = boost::unit_test::data;
using namespace std::string_view_literals;

namespace bridgewatch::grammar {
namespace {

constexpr auto least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();

/// Empty: no number.
struct integer_case {
    std::string_view text;
    std::optional<std::int64_t> value;
};

std::ostream& operator<<(std::ostream& out, integer_case const& c)
{
    return out << '"' << c.text << '"';
}

integer_case const integer_cases[] = {
    {"0", 0},
    {"5", 5},
    {"-5", -5},
    {"-0", 0},
    {"007", 7},
    {"9223372036854775807", most},
    {"-9223372036854775808", least},
    {"9223372036854775808", {}},
    {"-9223372036854775809", {}},
    {"99999999999999999999999999", {}},
    {"", {}},
    {"-", {}},
    {"--5", {}},
    {"+5", {}},
    {" 5", {}},
    {"5 ", {}},
    {"5.0", {}},
    {"5e3", {}},
    {"0x5", {}},
    {"1k", {}},
    {"1_000", {}},
    {"1,000", {}},
    {"*", {}},
    {"5\0"sv, {}},
    {"٥", {}},
};

struct decimal_case {
    std::string_view text;
    std::optional<std::int64_t> millionths;
};

std::ostream& operator<<(std::ostream& out, decimal_case const& c)
{
    return out << '"' << c.text << '"';
}

decimal_case const decimal_cases[] = {
    {"0", 0},
    {"1", 1'000'000},
    {"1.25", 1'250'000},
    {"-1.25", -1'250'000},
    {"0.000001", 1},
    {"-0.000001", -1},
    {".5", 500'000},
    {"-.5", -500'000},
    {"-0.0", 0},
    {"001.50", 1'500'000},
    {"1.000000000", 1'000'000},
    {"1.2500000000000000000000000000000000000000000000000000", 1'250'000},
    {"9223372036854.775807", most},
    {"-9223372036854.775808", least},
    {"9223372036854.775808", {}},
    {"-9223372036854.775809", {}},
    {"9223372036854775807", {}},
    {"0.0000001", {}},
    {"1.2500001", {}},
    {"", {}},
    {"-", {}},
    {".", {}},
    {"-.", {}},
    {"1.", {}},
    {"1.2.3", {}},
    {"1..2", {}},
    {"1.-2", {}},
    {"--1", {}},
    {"+1", {}},
    {"1e3", {}},
    {" 1", {}},
    {"1 ", {}},
    {"1,5", {}},
    {"$1", {}},
    {"inf", {}},
    {"nan", {}},
};

std::string_view const json_numbers[] = {
    "0",     "-0",    "5",      "-5",  "10",       "123456789012345678901234567890",
    "0.5",   "-0.5",  "1.50",   "0.0", "1e5",      "1E5",
    "1e+5",  "1e-5",  "1.5e10", "0e0", "-1.5E-10", "1e005",
    "1e999", "1e-99",
};

struct no_json_case {
    std::string_view text;
};

std::ostream& operator<<(std::ostream& out, no_json_case const& c)
{
    return out << '"' << c.text << '"';
}

no_json_case const no_json_numbers[] = {
    {""},     {"-"},   {"00"},    {"01"},    {"-01"},   {"+1"},    {".5"},     {"-.5"},     {"1."},
    {"1.e5"}, {"1e"},  {"1e+"},   {"1e-"},   {"1e1.5"}, {"1e1e1"}, {"--1"},    {"1-"},      {" 1"},
    {"1 "},   {"1,5"}, {"0x10"},  {"true"},  {"null"},  {"NaN"},   {"1e1000"}, {"1e-1000"}, {"Infinity"},
    {"1}"},   {"1\""}, {"1\0"sv}, {"\"1\""}, {"5\n"},   {"1e\"5"}, {"[1]"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_number)

BOOST_DATA_TEST_CASE(reads_an_integer, bdata::make(integer_cases), c)
{
    BOOST_TEST((parse_integer(c.text) == c.value));
}

BOOST_DATA_TEST_CASE(reads_a_decimal, bdata::make(decimal_cases), c)
{
    BOOST_TEST((parse_decimal(c.text, 6) == c.millionths));
}

BOOST_AUTO_TEST_CASE(places_scale)
{
    BOOST_TEST((parse_decimal("1.25", 2) == 125));
    BOOST_TEST((parse_decimal("1.25", 1) == std::nullopt));
    BOOST_TEST((parse_decimal("1.20", 1) == 12));
    BOOST_TEST((parse_decimal("7", 0) == 7));
    BOOST_TEST((parse_decimal("7.0", 0) == 7));
    BOOST_TEST((parse_decimal("7.1", 0) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back)
{
    constexpr unsigned seed = 20250303;
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    for (int i = 0; i < 20'000; ++i) {
        auto const value = static_cast<std::int64_t>(random()) >> (random() % 64);
        auto text = std::to_string(value);
        BOOST_TEST_REQUIRE((parse_integer(text) == value), text);
        auto const digits = text.starts_with('-') ? 1U : 0U;
        if (text.size() < digits + 7)
            text.insert(digits, digits + 7 - text.size(), '0');
        text.insert(text.size() - 6, 1, '.');
        BOOST_TEST_REQUIRE((parse_decimal(text, 6) == value), text);
    }
}

BOOST_DATA_TEST_CASE(is_a_number_of_json, bdata::make(json_numbers), text)
{
    BOOST_TEST(is_json_number(text));
}

BOOST_DATA_TEST_CASE(is_no_number_of_json, bdata::make(no_json_numbers), c)
{
    BOOST_TEST(!is_json_number(c.text));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
