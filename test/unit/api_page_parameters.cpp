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

std::string fields_of(std::vector<grammar::fault> const& faults)
{
    std::string out;
    for (auto const& fault : faults)
        out += (out.empty() ? "" : " ") + fault.field;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_page_parameters)

BOOST_DATA_TEST_CASE(bad_parameter_is_refused, bdata::make(bad_cases), c)
{
    auto const got = api::read_page_parameters(query_parameters{c.query});
    BOOST_TEST_REQUIRE(got.has_error());
    BOOST_TEST(got.error().status == 400);
    BOOST_TEST(got.error().message == c.message);
    BOOST_TEST(got.error().detail == c.detail);
    BOOST_TEST(fields_of(got.error().validations) == c.fields);
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
