#include "grammar/time.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <ostream>
#include <random>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

sys_micro at_micros(std::int64_t since_1970)
{
    return sys_micro{std::chrono::microseconds{since_1970}};
}

struct good_case {
    std::string_view text, utc;
    bool has_more = false;
};

std::ostream& operator<<(std::ostream& out, good_case const& c)
{
    return out << c.text;
}

good_case const good_cases[] = {
    {"2025-01-02T03:04:05Z", "2025-01-02T03:04:05Z"},
    {"2025-01-02T03:04:05.5Z", "2025-01-02T03:04:05.5Z"},
    {"2025-01-02T03:04:05.000001Z", "2025-01-02T03:04:05.000001Z"},
    {"2025-01-02T03:04:05.120000Z", "2025-01-02T03:04:05.12Z"},
    {"2025-01-02T03:04:05.000000000Z", "2025-01-02T03:04:05Z"},
    {"2025-01-02T03:04:05.0000001Z", "2025-01-02T03:04:05Z", true},
    {"2025-01-02T03:04:05.9999999Z", "2025-01-02T03:04:05.999999Z", true},
    {"2025-01-02T03:04:05.12345600000000000000000000000000000000000000000001Z", "2025-01-02T03:04:05.123456Z", true},
    {"2025-01-02T03:04:05+00:00", "2025-01-02T03:04:05Z"},
    {"2025-01-02T03:04:05-00:00", "2025-01-02T03:04:05Z"},
    {"2025-01-02T03:04:05+02:30", "2025-01-02T00:34:05Z"},
    {"2025-01-02T03:04:05-02:30", "2025-01-02T05:34:05Z"},
    {"2025-01-01T00:00:00+23:59", "2024-12-31T00:01:00Z"},
    {"2025-12-31T23:59:59.999999-23:59", "2026-01-01T23:58:59.999999Z"},
    {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
    {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
    {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
    {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
    {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"},
    {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
    {"0000-01-01T00:00:00+00:01", "-0001-12-31T23:59:00Z"},
    {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
    {"9999-12-31T23:59:59-00:01", "10000-01-01T00:00:59Z"},
};

struct bad_case {
    std::string_view name, text;
};

std::ostream& operator<<(std::ostream& out, bad_case const& c)
{
    return out << c.name;
}

bad_case const bad_cases[] = {
    {"empty", ""},
    {"a date", "2025-01-02"},
    {"no offset", "2025-01-02T03:04:05"},
    {"fraction, no offset", "2025-01-02T03:04:05.5"},
    {"no seconds", "2025-01-02T03:04Z"},
    {"lower case t", "2025-01-02t03:04:05Z"},
    {"lower case z", "2025-01-02T03:04:05z"},
    {"space for T", "2025-01-02 03:04:05Z"},
    {"month 0", "2025-00-02T03:04:05Z"},
    {"month 13", "2025-13-02T03:04:05Z"},
    {"day 0", "2025-01-00T03:04:05Z"},
    {"day 32", "2025-01-32T03:04:05Z"},
    {"31 April", "2025-04-31T03:04:05Z"},
    {"29 February, no leap year", "2025-02-29T03:04:05Z"},
    {"29 February 1900", "1900-02-29T03:04:05Z"},
    {"hour 24", "2025-01-02T24:00:00Z"},
    {"minute 60", "2025-01-02T03:60:05Z"},
    {"leap second", "2025-06-30T23:59:60Z"},
    {"point without digits", "2025-01-02T03:04:05.Z"},
    {"comma", "2025-01-02T03:04:05,5Z"},
    {"offset hour 24", "2025-01-02T03:04:05+24:00"},
    {"offset minute 60", "2025-01-02T03:04:05+00:60"},
    {"offset without colon", "2025-01-02T03:04:05+0000"},
    {"offset without minutes", "2025-01-02T03:04:05+00"},
    {"offset without sign", "2025-01-02T03:04:0500:00"},
    {"another letter for Z, then an offset", "2025-01-02T03:04:05X00:00"},
    {"one digit of hour", "2025-01-02T3:04:05Z"},
    {"five digits of year", "12025-01-02T03:04:05Z"},
    {"signed year", "-025-01-02T03:04:05Z"},
    {"text after", "2025-01-02T03:04:05Z "},
    {"space before", " 2025-01-02T03:04:05Z"},
    {"two points", "2025-01-02T03:04:05.5.5Z"},
    {"letters", "yesterday"},
    {"byte beyond ASCII", "2025-01-02T03:04:05\xC3\x9F"},
};

struct written_case {
    std::int64_t micros;
    std::string_view text;
};

std::ostream& operator<<(std::ostream& out, written_case const& c)
{
    return out << c.text;
}

written_case const written_cases[] = {
    {0, "1970-01-01T00:00:00Z"},
    {1, "1970-01-01T00:00:00.000001Z"},
    {-1, "1969-12-31T23:59:59.999999Z"},
    {100'000, "1970-01-01T00:00:00.1Z"},
    {1'735'787'045'123'450, "2025-01-02T03:04:05.12345Z"},
    {951'782'400'000'000, "2000-02-29T00:00:00Z"},
    {951'868'800'000'000, "2000-03-01T00:00:00Z"},
    {-210'866'803'200'000'000, "-4713-11-24T00:00:00Z"}, // PostgreSQL's first day
    {std::numeric_limits<std::int64_t>::max(), "294247-01-10T04:00:54.775807Z"},
    {std::numeric_limits<std::int64_t>::min(), "-290308-12-21T19:59:05.224192Z"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_time)

BOOST_DATA_TEST_CASE(reads_rfc3339, bdata::make(good_cases), c)
{
    auto const got = parse_rfc3339(c.text);
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(to_rfc3339(got->floor) == c.utc);
    BOOST_TEST(got->has_more == c.has_more);
}

BOOST_DATA_TEST_CASE(refuses_all_else, bdata::make(bad_cases), c)
{
    BOOST_TEST(!parse_rfc3339(c.text).has_value());
}

BOOST_AUTO_TEST_CASE(refuses_a_nul_for_the_zone)
{
    BOOST_TEST(!parse_rfc3339({"2025-01-02T03:04:05\0", 20}).has_value());
    BOOST_TEST(!parse_rfc3339({"2025-01-02T03:04:05X\00000:00", 26}).has_value());
}

BOOST_AUTO_TEST_CASE(each_byte_changed_is_refused_or_still_in_form)
{
    std::string const good = "2025-01-02T03:04:05.5Z";
    for (std::size_t i = 0; i < good.size(); ++i)
        for (int byte = 0; byte < 256; ++byte) {
            auto text = good;
            text[i] = static_cast<char>(byte);
            bool const digit_for_digit = good[i] >= '0' && good[i] <= '9' && byte >= '0' && byte <= '9';
            if (parse_rfc3339(text).has_value())
                BOOST_TEST((text == good || digit_for_digit), text);
        }
}

BOOST_DATA_TEST_CASE(writes_utc, bdata::make(written_cases), c)
{
    BOOST_TEST(to_rfc3339(at_micros(c.micros)) == c.text);
}

BOOST_AUTO_TEST_CASE(appends_to_what_is_there)
{
    std::string out = "at ";
    append_rfc3339(out, at_micros(0));
    BOOST_TEST(out == "at 1970-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back)
{
    constexpr unsigned seed = 20250102;
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    // Years 0001 to 9999.
    std::uniform_int_distribution<std::int64_t> micros{-62'135'596'800'000'000, 253'402'300'799'999'999};
    for (int i = 0; i < 20'000; ++i) {
        auto const at = at_micros(micros(random));
        auto const text = to_rfc3339(at);
        BOOST_TEST_REQUIRE((parse_rfc3339(text) == exact_time{.floor = at}), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
