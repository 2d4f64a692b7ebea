#include "grammar/instant.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

sys_micro at(std::string_view rfc3339)
{
    return parse_rfc3339(rfc3339).value().floor;
}

sys_micro noon()
{
    return at("2025-03-15T12:00:00.25Z");
}

struct good_case {
    std::string_view text, at, finer;
    bool is_day = false;
};

std::ostream& operator<<(std::ostream& out, good_case const& c)
{
    return out << c.text;
}

good_case const good_cases[] = {
    {"2025-01-31T10:20:30Z", "2025-01-31T10:20:30Z", ""},
    {"2025-01-31t10:20:30z", "2025-01-31T10:20:30Z", ""},
    {"2025-01-31T10:20:30+02:00", "2025-01-31T08:20:30Z", ""},
    {"2025-01-31T10:20:30.5Z", "2025-01-31T10:20:30.5Z", ""},
    {"2025-01-31T10:20:30.123456Z", "2025-01-31T10:20:30.123456Z", ""},
    {"2025-01-31T10:20:30.123456000Z", "2025-01-31T10:20:30.123456Z", ""},
    {"2025-01-31T10:20:30.1234567Z", "2025-01-31T10:20:30.123456Z", "7"},
    {"2025-01-31T10:20:30.123456070-05:30", "2025-01-31T15:50:30.123456Z", "07"},
    {"2025-01-31T10:20:30.12345600000000000000000000001Z", "2025-01-31T10:20:30.123456Z", "00000000000000000000001"},
    {"2025-01-31", "2025-01-31T00:00:00Z", "", true},
    {"2024-02-29", "2024-02-29T00:00:00Z", "", true},
    {"0000-01-01", "0000-01-01T00:00:00Z", "", true},
    {"9999-12-31", "9999-12-31T00:00:00Z", "", true},
    {"today", "2025-03-15T00:00:00Z", "", true},
    {"TODAY", "2025-03-15T00:00:00Z", "", true},
    {"Yesterday", "2025-03-14T00:00:00Z", "", true},
    {"now", "2025-03-15T12:00:00.25Z", ""},
    {"Now", "2025-03-15T12:00:00.25Z", ""},
    {"24h", "2025-03-14T12:00:00.25Z", ""},
    {"-24h", "2025-03-14T12:00:00.25Z", ""},
    {"7D", "2025-03-08T12:00:00.25Z", ""},
    {"-1w", "2025-03-08T12:00:00.25Z", ""},
    {"1h30m", "2025-03-15T10:30:00.25Z", ""},
    {"250ms", "2025-03-15T12:00:00Z", ""},
    {"0s", "2025-03-15T12:00:00.25Z", ""},
    {"14892w", "1739-10-17T12:00:00.25Z", ""},
};

struct bad_case {
    std::string_view text;
};

std::ostream& operator<<(std::ostream& out, bad_case const& c)
{
    return out << '"' << c.text << '"';
}

bad_case const bad_cases[] = {
    {""},
    {" "},
    {"-"},
    {"--24h"},
    {"+24h"},
    {"24"},
    {"-24"},
    {"24 h"},
    {"tomorrow"},
    {"todays"},
    {"to day"},
    {" today"},
    {"-today"},
    {"-now"},
    {"-yesterday"},
    {"now-24h"},
    {"-2025-01-31"},
    {"2025-1-31"},
    {"2025-01"},
    {"2025"},
    {"20250131"},
    {"2025-02-29"},
    {"2025-04-31"},
    {"2025-00-10"},
    {"2025-13-01"},
    {"2025/01/31"},
    {"10000-01-01"},
    {"2025-01-31Z"},
    {"2025-01-31 10:20:30Z"},
    {"2025-01-31T10:20:30"},
    {"2025-01-31T"},
    {"2025-01-31T24:00:00Z"},
    {"1y"},
    {"h"},
    {"14893w"},
    {"1e3s"},
    {"*"},
    {"infinity"},
    {"epoch"},
};

std::optional<instant> read(std::string_view text)
{
    return parse_instant(text, noon());
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_instant)

BOOST_DATA_TEST_CASE(reads_a_time, bdata::make(good_cases), c)
{
    auto const got = read(c.text);
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(to_rfc3339(got->at) == c.at);
    BOOST_TEST(got->finer == c.finer);
    BOOST_TEST(got->is_day == c.is_day);
}

BOOST_DATA_TEST_CASE(refuses_all_else, bdata::make(bad_cases), c)
{
    BOOST_TEST(!read(c.text).has_value());
}

BOOST_AUTO_TEST_CASE(a_time_ago_stays_in_the_years_that_rfc_3339_writes)
{
    BOOST_TEST(to_rfc3339(parse_instant("1d", at("0000-01-01T12:00:00Z")).value().at) == "0000-01-01T00:00:00Z");
    BOOST_TEST(to_rfc3339(parse_instant("12h", at("0000-01-01T12:00:00.000001Z")).value().at) ==
               "0000-01-01T00:00:00.000001Z");
}

BOOST_AUTO_TEST_CASE(rounding_goes_into_the_range)
{
    auto const micro = read("2025-01-31T10:00:00.000001Z").value();
    BOOST_TEST(to_rfc3339(micro.first()) == "2025-01-31T10:00:00.000001Z");
    BOOST_TEST(to_rfc3339(micro.after()) == "2025-01-31T10:00:00.000002Z");
    auto const finer = read("2025-01-31T10:00:00.0000019Z").value();
    BOOST_TEST(to_rfc3339(finer.first()) == "2025-01-31T10:00:00.000002Z");
    BOOST_TEST(to_rfc3339(finer.after()) == "2025-01-31T10:00:00.000002Z");
    auto const day = read("2025-01-31").value();
    BOOST_TEST(to_rfc3339(day.first()) == "2025-01-31T00:00:00Z");
    BOOST_TEST(to_rfc3339(day.after()) == "2025-02-01T00:00:00Z");
}

struct order_case {
    std::string_view name, first, second;
    bool starts_after;
};

std::ostream& operator<<(std::ostream& out, order_case const& c)
{
    return out << c.name;
}

order_case const order_cases[] = {
    {"later", "2025-01-31T10:00:01Z", "2025-01-31T10:00:00Z", true},
    {"earlier", "2025-01-31T10:00:00Z", "2025-01-31T10:00:01Z", false},
    {"equal", "2025-01-31T10:00:00Z", "2025-01-31T11:00:00+01:00", false},
    {"later below a microsecond", "2025-01-31T10:00:00.0000002Z", "2025-01-31T10:00:00.0000001Z", true},
    {"earlier below a microsecond", "2025-01-31T10:00:00.0000001Z", "2025-01-31T10:00:00.0000002Z", false},
    {"more digits of it", "2025-01-31T10:00:00.00000011Z", "2025-01-31T10:00:00.0000001Z", true},
    {"less in more digits", "2025-01-31T10:00:00.00000009Z", "2025-01-31T10:00:00.0000001Z", false},
    {"zeros at its end", "2025-01-31T10:00:00.00000010Z", "2025-01-31T10:00:00.0000001Z", false},
    {"microseconds count more", "2025-01-31T10:00:00.000001Z", "2025-01-31T10:00:00.0000009Z", true},
    {"day after day", "2025-02-01", "2025-01-31", true},
    {"the same day", "2025-01-31", "2025-01-31", false},
    {"within the day", "2025-01-31T23:59:59.9999999Z", "2025-01-31", false},
    {"right after the day", "2025-02-01T00:00:00Z", "2025-01-31", true},
    {"day after a time of the day before", "2025-02-01", "2025-01-31T23:59:59Z", true},
    {"day at its first instant", "2025-02-01", "2025-02-01T00:00:00Z", false},
};

BOOST_DATA_TEST_CASE(one_starts_after_the_other, bdata::make(order_cases), c)
{
    BOOST_TEST(read(c.first).value().starts_after(read(c.second).value()) == c.starts_after);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
