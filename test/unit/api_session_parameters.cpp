#include "lib/api/session_parameters.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>

// The parameters of one session, whose faults have a message each.
namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using api::query_parameters;

constexpr std::string_view an_id = "11111111-2222-3333-4444-555555555555";
constexpr std::string_view bad_after = "Invalid after_id query parameter.";
constexpr std::string_view bad_before = "Invalid before_id query parameter.";
constexpr std::string_view bad_initiator = "Invalid initiator_id query parameter.";
constexpr std::string_view both = "Cannot use both after_id and before_id in the same request.";
constexpr std::string_view bad_limit = "Invalid limit query parameter.";
constexpr std::string_view limit_range = "Limit must be between 1 and 200.";

struct bad_case {
    std::string_view query, message, detail;
};

std::ostream& operator<<(std::ostream& out, bad_case const& c)
{
    return out << c.query;
}

bad_case const bad_cases[] = {
    {"after_id=x", bad_after, R"(Query param "after_id" must be a valid uuid)"},
    {"after_id=11111111-2222-3333-4444-55555555555", bad_after, R"(Query param "after_id" must be a valid uuid)"},
    {"before_id=x", bad_before, R"(Query param "before_id" must be a valid uuid)"},
    {"before_id=%00", bad_before, R"(Query param "before_id" must be a valid uuid)"},
    {"initiator_id=me", bad_initiator, R"(Query param "initiator_id" must be a valid uuid)"},
    {"after_id=11111111-2222-3333-4444-555555555555&before_id=11111111-2222-3333-4444-555555555555", both, ""},
    {"limit=0", bad_limit, limit_range},
    {"limit=201", bad_limit, limit_range},
    {"limit=-1", bad_limit, limit_range},
    {"limit=x", bad_limit, limit_range},
    {"limit=1.5", bad_limit, limit_range},
    {"limit=50x", bad_limit, limit_range},
    {"limit=+5", bad_limit, limit_range}, // `+` is a space in a query string
    {"limit=%2B", bad_limit, limit_range},
    {"limit=2147483648", bad_limit, limit_range},
    {"limit=99999999999999999999", bad_limit, limit_range},
    // Which one is told, of several.
    {"limit=0&initiator_id=x&before_id=y&after_id=z", bad_after, R"(Query param "after_id" must be a valid uuid)"},
    {"limit=0&initiator_id=x&before_id=y&after_id=11111111-2222-3333-4444-555555555555", bad_before,
     R"(Query param "before_id" must be a valid uuid)"},
    {"limit=0&initiator_id=x&before_id=11111111-2222-3333-4444-555555555555&after_id=11111111-2222-3333-4444-"
     "555555555555",
     both, ""},
    {"limit=0&initiator_id=x&before_id=11111111-2222-3333-4444-555555555555", bad_limit, limit_range},
};

struct good_case {
    std::string_view query;
    std::int64_t limit;
    std::string_view after, before, initiator;
};

std::ostream& operator<<(std::ostream& out, good_case const& c)
{
    return out << (c.query.empty() ? "nothing" : c.query);
}

good_case const good_cases[] = {
    {"", 50, "", "", ""},
    {"limit=", 50, "", "", ""},
    {"limit=&limit=5", 50, "", "", ""},
    {"limit=1", 1, "", "", ""},
    {"limit=200", 200, "", "", ""},
    {"limit=%2B5", 5, "", "", ""},
    {"limit=007&limit=8", 7, "", "", ""},
    {"after_id=11111111-2222-3333-4444-555555555555", 50, an_id, "", ""},
    {"after_id=11111111-2222-3333-4444-555555555555&limit=3", 3, an_id, "", ""},
    {"before_id=11111111-2222-3333-4444-555555555555", 50, "", an_id, ""},
    {"before_id=%7B11111111222233334444555555555555%7D", 50, "", an_id, ""},
    {"after_id=urn:uuid:11111111-2222-3333-4444-555555555555", 50, an_id, "", ""},
    {"after_id=&after_id=x", 50, "", "", ""},
    {"after_id=11111111-2222-3333-4444-555555555555&before_id=", 50, an_id, "", ""},
    {"after_id=00000000-0000-0000-0000-000000000000", 50, "", "", ""},
    {"after_id=00000000-0000-0000-0000-000000000000&before_id=11111111-2222-3333-4444-555555555555", 50, "", an_id, ""},
    {"after_id=00000000-0000-0000-0000-000000000000&before_id=00000000-0000-0000-0000-000000000000", 50, "", "", ""},
    {"initiator_id=AAAAAAAA-2222-3333-4444-555555555555", 50, "", "", "aaaaaaaa-2222-3333-4444-555555555555"},
    {"initiator_id=00000000-0000-0000-0000-000000000000", 50, "", "", ""},
    {"initiator_id=11111111-2222-3333-4444-555555555555&after_id=11111111-2222-3333-4444-555555555555&q=:&offset=x&"
     "count=maybe",
     50, an_id, "", an_id},
};

std::string text_of(std::optional<grammar::uuid> const& id)
{
    return id ? to_string(*id) : "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_session_parameters)

BOOST_DATA_TEST_CASE(bad_parameter_is_refused, bdata::make(bad_cases), c)
{
    auto const got = api::read_session_parameters(query_parameters{c.query});
    BOOST_TEST_REQUIRE(got.has_error());
    BOOST_TEST(got.error().status == 400);
    BOOST_TEST(got.error().message == c.message);
    BOOST_TEST(got.error().detail == c.detail);
    BOOST_TEST(got.error().validations.empty());
}

BOOST_DATA_TEST_CASE(good_parameter_is_taken, bdata::make(good_cases), c)
{
    auto const got = api::read_session_parameters(query_parameters{c.query});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(got->threads.limit == c.limit);
    BOOST_TEST(text_of(got->threads.after) == c.after);
    BOOST_TEST(text_of(got->threads.before) == c.before);
    BOOST_TEST(text_of(got->initiator_id) == c.initiator);
}

BOOST_AUTO_TEST_CASE(answer_is_as_the_contract_has_it)
{
    auto const answer_to = [](std::string_view query) {
        return api::to_response(api::read_session_parameters(query_parameters{query}).error(), "id").body;
    };
    BOOST_TEST(answer_to("limit=0") ==
               R"({"message":"Invalid limit query parameter.","detail":"Limit must be between 1 and 200."})");
    BOOST_TEST(
        answer_to("after_id=11111111-2222-3333-4444-555555555555&before_id=11111111-2222-3333-4444-555555555555") ==
        R"({"message":"Cannot use both after_id and before_id in the same request."})");
}

BOOST_AUTO_TEST_SUITE_END()
