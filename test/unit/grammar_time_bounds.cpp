#include "test/support/fault_case.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace bdata = boost::unit_test::data;

// What `started_after` and `started_before` say of each other: they are compared where both must hold.
namespace bridgewatch::grammar {
namespace {

struct empty_case {
    std::string_view name, query;
    std::string_view place; ///< the bounds that are at fault, each followed by a space
};

std::ostream& operator<<(std::ostream& out, empty_case const& c)
{
    return out << c.name;
}

constexpr std::string_view now = "2025-03-15T12:00:00Z";

empty_case const empty_cases[] = {
    // Part one.
    {"before equals after", R"(started_after:"2025-01-01T00:00:00Z" started_before:"2025-01-01T01:00:00+01:00")",
     "2025-01-01T01:00:00+01:00 "},
    {"before precedes after, written first",
     R"(started_before:"2024-01-01T00:00:00Z" started_after:"2025-01-01T00:00:00Z")", "2024-01-01T00:00:00Z "},
    {"before is not after the latest of several",
     R"(started_after:"2025-01-01T00:00:00Z" started_before:"2025-01-02T00:00:00Z" started_after:"2025-01-03T00:00:00Z")",
     "2025-01-02T00:00:00Z "},
    {"the latest of several, written first",
     R"(started_after:"2025-01-03T00:00:00Z" started_after:"2025-01-01T00:00:00Z" started_before:"2025-01-02T00:00:00Z")",
     "2025-01-02T00:00:00Z "},
    {"equal below a microsecond",
     R"(started_after:"2025-01-01T00:00:00.1234567Z" started_before:"2025-01-01T00:00:00.123456700Z")",
     "2025-01-01T00:00:00.123456700Z "},
    {"each before that is not after",
     R"(started_after:"2025-01-02T00:00:00Z" started_before:"2025-01-01T00:00:00Z" )"
     R"(started_before:"2025-01-03T00:00:00Z" started_before:"2025-01-02T00:00:00Z")",
     "2025-01-01T00:00:00Z 2025-01-02T00:00:00Z "},
    // Dates, and times ago.
    {"one day is its first instant", "started_after:2025-01-01 started_before:2025-01-01", "2025-01-01 "},
    {"day and its first instant", R"(started_after:2025-01-01 started_before:"2025-01-01T00:00:00Z")",
     "2025-01-01T00:00:00Z "},
    {"times ago", "started_after:1h started_before:2h", "2h "},
    {"equal times ago", "started_after:24h started_before:-1d", "-1d "},
    {"today and yesterday", "started_after:today started_before:yesterday", "yesterday "},
    {"now and half a day ago", "started_after:now started_before:12h", "12h "},
    {"today is half a day ago", "started_after:12h started_before:today", "today "},
    // Through what holds together.
    {"with AND", "started_after:2025-01-02 AND started_before:2025-01-01", "2025-01-01 "},
    {"with AND, far apart", "model:a started_after:2025-01-02 AND model:b AND started_before:2025-01-01 model:c",
     "2025-01-01 "},
    {"in one group", "model:a (started_after:2025-01-02 started_before:2025-01-01)", "2025-01-01 "},
    {"into a group", "started_after:2025-01-02 (model:a started_before:2025-01-01)", "2025-01-01 "},
    {"into a group of groups", "((model:a AND started_after:2025-01-02) model:b) AND (started_before:2025-01-01)",
     "2025-01-01 "},
    {"through a double negation", "NOT NOT started_after:2025-01-02 -(-(started_before:2025-01-01 model:a))",
     "2025-01-01 "},
    // Within what may hold alone.
    {"in one side of an OR", "model:a OR started_after:2025-01-02 started_before:2025-01-01", "2025-01-01 "},
    {"in both sides of an OR",
     "started_after:2025-01-02 started_before:2025-01-01 OR started_after:2024-01-02 AND started_before:2024-01-01",
     "2025-01-01 2024-01-01 "},
    {"in a negation", "-(started_after:2025-01-02 started_before:2025-01-01)", "2025-01-01 "},
    {"in a negation in an OR", "model:a OR -(started_after:2025-01-02 AND started_before:2025-01-01)", "2025-01-01 "},
    // Not across it.
    {"over an OR", "started_after:2025-01-02 OR started_before:2025-01-01", ""},
    {"into an OR", "started_after:2025-01-02 (started_before:2025-01-01 OR model:a)", ""},
    {"into a negation", "started_after:2025-01-02 -started_before:2025-01-01", ""},
    {"out of a negation", "-started_after:2025-01-02 AND started_before:2025-01-01", ""},
    {"between two negations", "-started_after:2025-01-02 -started_before:2025-01-01", ""},
    {"in an OR in a negation", "-(started_after:2025-01-02 OR started_before:2025-01-01)", ""},
    // Not at fault at all.
    {"a microsecond's part apart",
     R"(started_after:"2025-01-01T00:00:00.0000001Z" started_before:"2025-01-01T00:00:00.0000002Z")", ""},
    {"a day apart", "started_after:2025-01-01 started_before:2025-01-02", ""},
    {"one bound alone", "started_before:2025-01-01 started_before:2024-01-01", ""},
    {"an empty bound", R"(started_after:2025-01-02 started_before:"")", ""},
    {"other keys of time are not compared", "started_after:2025-01-02 started:<2025-01-01 ended:<2024-01-01", ""},
};

check_context at_noon()
{
    return {.me = {}, .now = parse_rfc3339(now).value().floor, .recorded = {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_time_bounds)

BOOST_DATA_TEST_CASE(before_must_be_after_after, bdata::make(empty_cases), c)
{
    std::string places;
    for (auto const& f : check(c.query, at_noon()).faults) {
        BOOST_TEST((f.code == fault_code::empty_time_range));
        BOOST_TEST(f.field == "started_before");
        BOOST_TEST(f.detail == R"(Query param "started_before" has invalid value: "started_before" must be after )"
                               R"("started_after" if set)");
        places.append(test::place_in(c.query, f)).append(1, ' ');
    }
    BOOST_TEST(places == c.place);
}

BOOST_AUTO_TEST_CASE(a_bad_time_takes_no_part_in_the_range)
{
    for (auto const* query : {R"(started_after:"2025-13-01T00:00:00Z" started_before:"2025-01-01T00:00:00Z")",
                              "started_after:2025-01-02 started_before:x"}) {
        auto const faults = check(query, at_noon()).faults;
        BOOST_TEST_REQUIRE(faults.size() == 1U);
        BOOST_TEST((faults[0].code == fault_code::bad_time));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
