#include "grammar/check.hpp"
#include "test/support/filter_outline.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;

// What dates, instants and times ago mean, in each place that takes a time. An interval is [from, before).
namespace bridgewatch::grammar {
namespace {

constexpr std::string_view now = "2025-03-15T12:30:00.5Z";

struct meaning_case {
    std::string_view query, meaning;
};

std::ostream& operator<<(std::ostream& out, meaning_case const& c)
{
    return out << c.query;
}

meaning_case const meaning_cases[] = {
    // A day is a whole UTC day.
    {"started:2025-01-31", "started[2025-01-31T00:00:00Z..2025-02-01T00:00:00Z)"},
    {"started:>2025-01-31", "started[2025-02-01T00:00:00Z..*)"},
    {"started:>=2025-01-31", "started[2025-01-31T00:00:00Z..*)"},
    {"started:<2025-01-31", "started[*..2025-01-31T00:00:00Z)"},
    {"started:<=2025-01-31", "started[*..2025-02-01T00:00:00Z)"},
    {"started:2025-01-30..2025-01-31", "started[2025-01-30T00:00:00Z..2025-02-01T00:00:00Z)"},
    {"started:2025-01-31..2025-01-31", "started[2025-01-31T00:00:00Z..2025-02-01T00:00:00Z)"},
    {"started:2025-01-31..*", "started[2025-01-31T00:00:00Z..*)"},
    {"started:*..2025-01-31", "started[*..2025-02-01T00:00:00Z)"},
    {R"(started:>="2025-01-31")", "started[2025-01-31T00:00:00Z..*)"},
    {"started:2024-02-29", "started[2024-02-29T00:00:00Z..2024-03-01T00:00:00Z)"},
    {"started:9999-12-31", "started[9999-12-31T00:00:00Z..10000-01-01T00:00:00Z)"},
    {"started:0000-01-01", "started[0000-01-01T00:00:00Z..0000-01-02T00:00:00Z)"},
    {"ended:2025-01-31", "ended[2025-01-31T00:00:00Z..2025-02-01T00:00:00Z)"},
    {"ended:>2025-01-31", "ended[2025-02-01T00:00:00Z..*)"},
    {"started:2025-01-01,2025-01-03",
     "(started[2025-01-01T00:00:00Z..2025-01-02T00:00:00Z) | started[2025-01-03T00:00:00Z..2025-01-04T00:00:00Z))"},
    // In a bound it is its first instant; bounds are inclusive.
    {"started_after:2025-01-31", "started[2025-01-31T00:00:00Z..*)"},
    {"started_before:2025-01-31", "started[*..2025-01-31T00:00:00.000001Z)"},
    {"started_after:today", "started[2025-03-15T00:00:00Z..*)"},
    {"started_before:yesterday", "started[*..2025-03-14T00:00:00.000001Z)"},
    // Instants.
    {R"(started:"2025-01-31T10:00:00Z")", "started[2025-01-31T10:00:00Z..2025-01-31T10:00:00.000001Z)"},
    {R"(started:>"2025-01-31T10:00:00Z")", "started[2025-01-31T10:00:00.000001Z..*)"},
    {R"(started:>="2025-01-31T10:00:00Z")", "started[2025-01-31T10:00:00Z..*)"},
    {R"(started:<"2025-01-31T10:00:00Z")", "started[*..2025-01-31T10:00:00Z)"},
    {R"(started:<="2025-01-31T10:00:00Z")", "started[*..2025-01-31T10:00:00.000001Z)"},
    {R"(started:"2025-01-31T10:00:00Z".."2025-01-31T11:00:00Z")",
     "started[2025-01-31T10:00:00Z..2025-01-31T11:00:00.000001Z)"},
    {R"(started:"2025-01-31T10:00:00Z"..2025-01-31)", "started[2025-01-31T10:00:00Z..2025-02-01T00:00:00Z)"},
    {R"(ended:>"2025-01-31t10:00:00+01:00")", "ended[2025-01-31T09:00:00.000001Z..*)"},
    {R"(started_after:"2025-01-01T00:00:00Z" started_before:"2025-02-01T00:00:00Z")",
     "started[2025-01-01T00:00:00Z..*) & started[*..2025-02-01T00:00:00.000001Z)"},
    {R"(started_after:"2025-01-01t00:00:00z")", "started[2025-01-01T00:00:00Z..*)"},
    {R"(started_after:"2025-01-01T00:00:00+01:00")", "started[2024-12-31T23:00:00Z..*)"},
    // Finer than a microsecond, which columns are not.
    {R"(started:"2025-01-01T00:00:00.0000001Z")", "started[2025-01-01T00:00:00.000001Z..2025-01-01T00:00:00.000001Z)"},
    {R"(started:>"2025-01-01T00:00:00.0000001Z")", "started[2025-01-01T00:00:00.000001Z..*)"},
    {R"(started:>="2025-01-01T00:00:00.0000001Z")", "started[2025-01-01T00:00:00.000001Z..*)"},
    {R"(started:<"2025-01-01T00:00:00.0000001Z")", "started[*..2025-01-01T00:00:00.000001Z)"},
    {R"(started:<="2025-01-01T00:00:00.0000001Z")", "started[*..2025-01-01T00:00:00.000001Z)"},
    {R"(started_after:"2025-01-01T00:00:00.0000001Z")", "started[2025-01-01T00:00:00.000001Z..*)"},
    {R"(started_before:"2025-01-01T00:00:00.9999999Z")", "started[*..2025-01-01T00:00:01Z)"},
    {R"(started_after:"2025-01-01T00:00:00.9999999Z")", "started[2025-01-01T00:00:01Z..*)"},
    {R"(started_after:"2025-01-01T00:00:00.123456000Z")", "started[2025-01-01T00:00:00.123456Z..*)"},
    {R"(started_after:"2025-01-01T00:00:00.0000001Z" started_before:"2025-01-01T00:00:00.0000002Z")",
     "started[2025-01-01T00:00:00.000001Z..*) & started[*..2025-01-01T00:00:00.000001Z)"},
    // Relative to now.
    {"started:now", "started[2025-03-15T12:30:00.5Z..2025-03-15T12:30:00.500001Z)"},
    {"started:<NOW", "started[*..2025-03-15T12:30:00.5Z)"},
    {"started:today", "started[2025-03-15T00:00:00Z..2025-03-16T00:00:00Z)"},
    {"started:>=Today", "started[2025-03-15T00:00:00Z..*)"},
    {"started:yesterday", "started[2025-03-14T00:00:00Z..2025-03-15T00:00:00Z)"},
    {"started:yesterday..today", "started[2025-03-14T00:00:00Z..2025-03-16T00:00:00Z)"},
    {"started:today,yesterday",
     "(started[2025-03-15T00:00:00Z..2025-03-16T00:00:00Z) | started[2025-03-14T00:00:00Z..2025-03-15T00:00:00Z))"},
    {"started:>=24h", "started[2025-03-14T12:30:00.5Z..*)"},
    {"started:>=-24h", "started[2025-03-14T12:30:00.5Z..*)"},
    {"started_after:-7d", "started[2025-03-08T12:30:00.5Z..*)"},
    {"started_after:7d", "started[2025-03-08T12:30:00.5Z..*)"},
    {"started_before:2w", "started[*..2025-03-01T12:30:00.500001Z)"},
    {"started_after:30m", "started[2025-03-15T12:00:00.5Z..*)"},
    {"started_after:90s", "started[2025-03-15T12:28:30.5Z..*)"},
    {"started_after:1.5H", "started[2025-03-15T11:00:00.5Z..*)"},
    {"started_after:500ms", "started[2025-03-15T12:30:00Z..*)"},
    {"started:2h..1h", "started[2025-03-15T10:30:00.5Z..2025-03-15T11:30:00.500001Z)"},
    {"ended:>1d", "ended[2025-03-14T12:30:00.500001Z..*)"},
    {"started:0s..now", "started[2025-03-15T12:30:00.5Z..2025-03-15T12:30:00.500001Z)"},
    // No filter.
    {R"(started:"")", ""},
    {R"(started:>"" ended:<="")", ""},
    {R"(started:""..2025-01-31)", "started[*..2025-02-01T00:00:00Z)"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_dates)

BOOST_DATA_TEST_CASE(time_means, bdata::make(meaning_cases), c)
{
    auto const got = check(c.query, {.me = {}, .now = parse_rfc3339(now).value().floor, .recorded = {}});
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(test::filter_outline{}(got.meaning) == c.meaning);
}

BOOST_AUTO_TEST_CASE(a_day_begins_and_ends_with_utc)
{
    auto const today_at = [](std::string_view at) {
        return test::filter_outline{}(
            check("started:today", {.me = {}, .now = parse_rfc3339(at).value().floor, .recorded = {}}).meaning);
    };
    BOOST_TEST(today_at("2025-03-15T00:00:00Z") == "started[2025-03-15T00:00:00Z..2025-03-16T00:00:00Z)");
    BOOST_TEST(today_at("2025-03-15T23:59:59.999999Z") == "started[2025-03-15T00:00:00Z..2025-03-16T00:00:00Z)");
    BOOST_TEST(today_at("2025-03-16T00:30:00+01:00") == "started[2025-03-15T00:00:00Z..2025-03-16T00:00:00Z)");
    BOOST_TEST(today_at("1969-12-31T23:59:59.999999Z") == "started[1969-12-31T00:00:00Z..1970-01-01T00:00:00Z)");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
