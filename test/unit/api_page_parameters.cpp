#include "lib/api/page_parameters.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using api::query_parameters;

constexpr char const* invalid_values = "Query parameters have invalid values.";

struct bad_case {
    char const *query, *message, *detail, *fields; ///< fields: of the validations, joined by spaces
};

std::ostream& operator<<(std::ostream& out, bad_case const& c)
{
    return out << c.query;
}

bad_case const bad_cases[] = {
    {"limit=x", invalid_values, "", "limit"},
    {"limit=-1", invalid_values, "", "limit"},
    {"limit=2147483648", invalid_values, "", "limit"},
    {"limit=99999999999999999999", invalid_values, "", "limit"},
    {"limit=1.5", invalid_values, "", "limit"},
    {"limit=0x10", invalid_values, "", "limit"},
    {"limit=+5", invalid_values, "", "limit"}, // `+` is a space in a query string
    {"limit=%2B", invalid_values, "", "limit"},
    {"offset=abc", invalid_values, "", "offset"},
    {"after_id=nope", invalid_values, "", "after_id"},
    {"offset=x&limit=y&after_id=z", invalid_values, "", "after_id limit offset"},
    {"after_id=11111111-2222-3333-4444-555555555555&offset=1", invalid_values,
     "Cannot use both after_id and offset pagination in the same request.", ""},
    {"limit=1001", "Invalid pagination limit value.", "Pagination limit must be in range (0, 1000]", ""},
    {"limit=1001&count=maybe", "Invalid pagination limit value.", "Pagination limit must be in range (0, 1000]", ""},
    {"count=maybe", invalid_values, "", "count"},
    {"count=EXACT", invalid_values, "", "count"},
};

struct good_case {
    char const* query;
    std::int64_t limit, offset;
    bool after;
    store::count_mode count;
};

std::ostream& operator<<(std::ostream& out, good_case const& c)
{
    return out << c.query;
}

good_case const good_cases[] = {
    {"", 100, 0, false, store::count_mode::exact},
    {"limit=0", 100, 0, false, store::count_mode::exact},
    {"limit=1000", 1000, 0, false, store::count_mode::exact},
    {"limit=%2B5", 5, 0, false, store::count_mode::exact},
    {"limit=007", 7, 0, false, store::count_mode::exact},
    {"limit=&limit=5", 100, 0, false, store::count_mode::exact},
    {"limit=3&limit=5", 3, 0, false, store::count_mode::exact},
    {"offset=2147483647", 100, 2147483647, false, store::count_mode::exact},
    {"count=capped&unknown=1", 100, 0, false, store::count_mode::capped},
    {"count=none", 100, 0, false, store::count_mode::none},
    {"after_id=11111111-2222-3333-4444-555555555555&offset=0", 100, 0, true, store::count_mode::exact},
    {"after_id=urn:uuid:11111111222233334444555555555555", 100, 0, true, store::count_mode::exact},
    {"after_id=%7B11111111-2222-3333-4444-55555555555A%7D", 100, 0, true, store::count_mode::exact},
    {"after_id=00000000-0000-0000-0000-000000000000&offset=3", 100, 3, false, store::count_mode::exact},
};

bad_case const bad_sessions_cases[] = {
    {"limit=x", invalid_values, "", "limit"},
    {"offset=2147483648", invalid_values, "", "offset"},
    {"after_session_id=s&after_initiator_id=me", invalid_values, "", "after_initiator_id"},
    {"after_session_id=s&after_last_active_at=now", invalid_values, "", "after_last_active_at"},
    {"after_session_id=s&after_last_active_at=2025-01-31", invalid_values, "", "after_last_active_at"},
    {"after_session_id=s&after_last_active_at=2025-01-31T12:00:00+01:00", invalid_values, "",
     "after_last_active_at"}, // `+` is a space in a query string
    {"after_initiator_id=x", invalid_values, "", "after_initiator_id"},
    {"offset=x&limit=y&after_last_active_at=z&after_initiator_id=0", invalid_values, "",
     "after_initiator_id after_last_active_at limit offset"},
    {"after_session_id=s&offset=1&limit=y", invalid_values, "", "limit"},
    {"after_session_id=s&offset=1&limit=1001", invalid_values,
     "Cannot use both after_session_id and offset pagination in the same request.", ""},
    {"after_initiator_id=11111111222233334444555555555555&after_last_active_at=2025-01-31T12:00:00Z&offset=1",
     invalid_values, "Cannot use both after_session_id and offset pagination in the same request.", ""},
    {"limit=1001&count=maybe", "Invalid pagination limit value.", "Pagination limit must be in range (0, 1000]", ""},
    {"count=maybe&q=:", invalid_values, "", "count"},
};

/// `cursor`: session, initiator and time, each where it is there.
struct good_sessions_case {
    char const *query, *cursor;
    std::int64_t limit = 100, offset = 0;
    store::count_mode count = store::count_mode::exact;
    char const* q = "";
};

std::ostream& operator<<(std::ostream& out, good_sessions_case const& c)
{
    return out << c.query;
}

good_sessions_case const good_sessions_cases[] = {
    {"", ""},
    {"limit=1000&offset=2147483647&count=none&q=model:a", "", 1000, 2147483647, store::count_mode::none, "model:a"},
    {"limit=0&q=&q=alice&count=capped", "", 100, 0, store::count_mode::capped},
    {"after_session_id=s", "s"},
    {"after_session_id=s&offset=0", "s"},
    {"after_session_id=a%2Fb+c%00", "a/b c%00"},
    {"after_session_id=&offset=3", "", 100, 3},
    {"after_session_id=&after_session_id=s&offset=3", "", 100, 3},
    {"after_session_id=s&after_session_id=t", "s"},
    {"after_session_id=00000000-0000-0000-0000-000000000000&offset=3", "", 100, 3},
    {"after_session_id=00000000-0000-0000-0000-000000000000&after_initiator_id=11111111222233334444555555555555", ""},
    {"after_session_id=s&after_initiator_id=11111111222233334444555555555555",
     "s 11111111-2222-3333-4444-555555555555"},
    {"after_session_id=s&after_initiator_id=00000000-0000-0000-0000-000000000000", "s"},
    {"after_session_id=s&after_last_active_at=2025-01-31T12:00:00.123456789%2B01:00", "s 2025-01-31T11:00:00.123456Z"},
    {"after_last_active_at=2025-01-31T12:00:00Z&after_session_id=s&after_initiator_id=11111111-2222-3333-4444-"
     "555555555555",
     "s 11111111-2222-3333-4444-555555555555 2025-01-31T12:00:00Z"},
    // The empty text is a session's id where the rest says so, and else says nothing.
    {"after_initiator_id=11111111222233334444555555555555&after_last_active_at=2025-01-31T12:00:00Z",
     " 11111111-2222-3333-4444-555555555555 2025-01-31T12:00:00Z"},
    {"after_session_id=&after_initiator_id=11111111222233334444555555555555&after_last_active_at=2025-01-31T12:00:00Z",
     " 11111111-2222-3333-4444-555555555555 2025-01-31T12:00:00Z"},
    {"after_session_id=00000000-0000-0000-0000-000000000000&after_initiator_id=11111111222233334444555555555555&"
     "after_last_active_at=2025-01-31T12:00:00Z",
     "00000000-0000-0000-0000-000000000000 11111111-2222-3333-4444-555555555555 2025-01-31T12:00:00Z"},
    {"after_initiator_id=11111111-2222-3333-4444-555555555555&offset=3", "", 100, 3},
    {"after_last_active_at=2025-01-31T12:00:00Z&offset=3", "", 100, 3},
    {"after_id=x", ""},
};

std::string text_of(std::optional<store::session_cursor> const& cursor)
{
    if (!cursor)
        return {};
    std::string out;
    for (char const c : cursor->session_id)
        out.append(c == '\0' ? "%00" : std::string{c});
    if (cursor->initiator_id)
        out += " " + to_string(*cursor->initiator_id);
    if (cursor->last_active_at)
        out += " " + grammar::to_rfc3339(*cursor->last_active_at);
    return out;
}

bad_case const bad_values_cases[] = {
    {"limit=x", invalid_values, "", "limit"},
    {"offset=-1", invalid_values, "", "offset"},
    {"offset=x&limit=y", invalid_values, "", "limit offset"},
    {"limit=2147483648", invalid_values, "", "limit"},
    {"limit=1001&offset=2", "Invalid pagination limit value.", "Pagination limit must be in range (0, 1000]", ""},
};

struct good_values_case {
    char const* query;
    std::int64_t limit, offset;
    char const* q;
};

std::ostream& operator<<(std::ostream& out, good_values_case const& c)
{
    return out << c.query;
}

good_values_case const good_values_cases[] = {
    {"", 100, 0, ""},
    {"limit=0&offset=0&q=", 100, 0, ""},
    {"limit=1000&offset=2147483647&q=gpt", 1000, 2147483647, "gpt"},
    {"limit=%2B7&q=model:a+b&q=c", 7, 0, "model:a b"},
    {"count=maybe&after_id=x&after_session_id=s&offset=4", 100, 4, ""}, // other lists' parameters
};

std::string fields_of(std::vector<grammar::fault> const& faults)
{
    std::string out;
    for (auto const& fault : faults)
        out += (out.empty() ? "" : " ") + fault.field;
    return out;
}

template <class Parameters>
void expect_refusal(bad_case const& c, boost::system::result<Parameters, api::api_error> const& got)
{
    BOOST_TEST_REQUIRE(got.has_error());
    BOOST_TEST(got.error().status == 400);
    BOOST_TEST(got.error().message == c.message);
    BOOST_TEST(got.error().detail == c.detail);
    BOOST_TEST(fields_of(got.error().validations) == c.fields);
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_page_parameters)

BOOST_DATA_TEST_CASE(bad_parameter_is_refused, bdata::make(bad_cases), c)
{
    expect_refusal(c, api::read_page_parameters(query_parameters{c.query}));
}

BOOST_DATA_TEST_CASE(good_parameter_is_taken, bdata::make(good_cases), c)
{
    auto const got = api::read_page_parameters(query_parameters{c.query});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(got->limit == c.limit);
    BOOST_TEST(got->offset == c.offset);
    BOOST_TEST(got->after_id.has_value() == c.after);
    BOOST_TEST((got->count == c.count));
}

BOOST_AUTO_TEST_CASE(details_are_upstreams)
{
    auto const got = api::read_page_parameters(query_parameters{"limit=x&after_id=y"});
    BOOST_TEST_REQUIRE(got.has_error());
    auto const faults = got.error().validations;
    BOOST_TEST(faults[0].detail == "Query param \"after_id\" must be a valid uuid");
    BOOST_TEST(faults[1].detail.starts_with("Query param \"limit\" must be a valid 32-bit positive integer: "));

    auto const of_sessions = api::read_sessions_parameters(
        query_parameters{"offset=99999999999&limit=x&after_initiator_id=y&after_last_active_at=z&count=maybe"});
    BOOST_TEST_REQUIRE(of_sessions.has_error());
    std::string details;
    for (auto const& fault : of_sessions.error().validations)
        details += fault.detail + "\n";
    BOOST_TEST(details == "Query param \"after_initiator_id\" must be a valid uuid\n"
                          "Query param \"after_last_active_at\" must be a valid date format\n"
                          "Query param \"limit\" must be a valid 32-bit positive integer: not a decimal number\n"
                          "Query param \"offset\" must be a valid 32-bit positive integer: value out of range\n");
    auto const of_count = api::read_sessions_parameters(query_parameters{"count=all"});
    BOOST_TEST_REQUIRE(of_count.has_error());
    BOOST_TEST(of_count.error().validations.front().detail ==
               "Query param \"count\" must be one of exact, capped, none");
}

BOOST_DATA_TEST_CASE(bad_parameter_of_sessions_is_refused, bdata::make(bad_sessions_cases), c)
{
    expect_refusal(c, api::read_sessions_parameters(query_parameters{c.query}));
}

BOOST_DATA_TEST_CASE(good_parameter_of_sessions_is_taken, bdata::make(good_sessions_cases), c)
{
    auto const got = api::read_sessions_parameters(query_parameters{c.query});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(text_of(got->after) == c.cursor);
    BOOST_TEST(got->limit == c.limit);
    BOOST_TEST(got->offset == c.offset);
    BOOST_TEST((got->count == c.count));
    BOOST_TEST(got->q == c.q);
}

BOOST_DATA_TEST_CASE(bad_parameter_of_values_is_refused, bdata::make(bad_values_cases), c)
{
    expect_refusal(c, api::read_values_parameters(query_parameters{c.query}));
}

BOOST_DATA_TEST_CASE(good_parameter_of_values_is_taken, bdata::make(good_values_cases), c)
{
    auto const got = api::read_values_parameters(query_parameters{c.query});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(got->limit == c.limit);
    BOOST_TEST(got->offset == c.offset);
    BOOST_TEST(got->q == c.q);
}

struct decode_case {
    char const *raw, *value;
};

std::ostream& operator<<(std::ostream& out, decode_case const& c)
{
    return out << c.raw;
}

decode_case const decode_cases[] = {{"q=a+b", "a b"},
                                    {"q=a%20b%2Bc", "a b+c"},
                                    {"q=input_tokens:>5", "input_tokens:>5"},
                                    {"q=\"a|b\"[<", "\"a|b\"[<"},
                                    {"q=100%", "100%"},
                                    {"q=%zz%4", "%zz%4"},
                                    {"q=a=b=c", "a=b=c"},
                                    {"%71=x", "x"},
                                    {"&&q=1&q=2", "1"}};

BOOST_DATA_TEST_CASE(query_string_is_data, bdata::make(decode_cases), c)
{
    BOOST_TEST(query_parameters{c.raw}.first("q").value_or("(absent)") == c.value);
}

BOOST_AUTO_TEST_CASE(empty_or_absent_is_absent)
{
    BOOST_TEST(!query_parameters{"q"}.first("q").has_value());
    BOOST_TEST(!query_parameters{"q="}.first("q").has_value());
    BOOST_TEST(!query_parameters{"q=&q=x"}.first("q").has_value());
    BOOST_TEST(!query_parameters{""}.first("q").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
