#include "lib/api/errors.hpp"
#include "lib/api/routes.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using api::endpoint;

struct path_case {
    char const* path;
    std::optional<endpoint> to;
    char const* parameter = "";
};

std::ostream& operator<<(std::ostream& out, path_case const& c)
{
    return out << c.path;
}

path_case const paths[] = {
    {"/api/v2/aibridge/interceptions", endpoint::interceptions},
    {"/api/v2/aibridge/interceptions/", endpoint::interceptions},
    {"/api/v2/ai-gateway/interceptions", endpoint::interceptions},
    {"/api/v2/aibridge/%69nterceptions", endpoint::interceptions},
    {"/api/v2/buildinfo", endpoint::buildinfo},
    {"/livez", endpoint::livez},
    {"/readyz/", endpoint::readyz},
    {"/", {}},
    {"", {}},
    {"/api/v2/aibridge", {}},
    {"/api/v2/aibridge/interceptions//", {}},
    {"/API/v2/aibridge/interceptions", {}},
    {"/api/v2/aibridge/interceptions/x", endpoint::interception, "x"},
    {"/api/v2/ai-gateway/interceptions/x/", endpoint::interception, "x"},
    {"/api/v2/aibridge/sessions", endpoint::sessions},
    {"/api/v2/aibridge/sessions/", endpoint::sessions},
    {"/api/v2/aibridge/sessions//", {}},
    {"/api/v2/aibridge/sessions/a%2Fb%20c", endpoint::session, "a/b c"},
    {"/api/v2/aibridge/sessions/a/b", endpoint::session, "a/b"},
    {"/api/v2/aibridge/sessions/a%2F", endpoint::session, "a/"},
    {"/api/v2/aibridge/sessions/a/", endpoint::session, "a"},
    {"/api/v2/aibridge/sessions/a+b%25", endpoint::session, "a+b%"},
    {"/api/v2/aibridge/sessions/../x", endpoint::session, "../x"},
    {"/api/v2/aibridge/%73essions/x", endpoint::session, "x"},
    {"/api/v2/aibridge/sessions%2Fx", {}},
    {"/api/v2/ai-gateway/sessions/interceptions", endpoint::session, "interceptions"},
    {"/api/v2/aibridge/models", endpoint::models},
    {"/api/v2/ai-gateway/clients/", endpoint::clients},
    {"/api/v2/aibridge/models/x", {}},
    {"/openapi.json", endpoint::openapi},
};

struct fault_case {
    pg::errc code;
    char const* sqlstate;
    int status;
    bool retry;
};

std::ostream& operator<<(std::ostream& out, fault_case const& c)
{
    return out << pg::to_string(c.code) << ' ' << c.sqlstate;
}

fault_case const faults[] = {
    {pg::errc::pool_timeout, "", 503, true},
    {pg::errc::pool_full, "", 503, true},
    {pg::errc::pool_closed, "", 503, true},
    {pg::errc::database_down, "", 503, true},
    {pg::errc::connection_lost, "57P01", 503, true},
    {pg::errc::statement_timeout, "57014", 504, false},
    {pg::errc::deadline, "", 504, false},
    {pg::errc::server_error, "53300", 503, true},
    {pg::errc::server_error, "42703", 503, true},
    {pg::errc::server_error, "42601", 500, false},
    {pg::errc::server_error, "22P02", 500, false},
    {pg::errc::protocol, "", 500, false},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_routes)

BOOST_DATA_TEST_CASE(path_finds_its_route, bdata::make(paths), c)
{
    auto const found = api::find_route(c.path);
    BOOST_TEST(found.has_value() == c.to.has_value());
    if (found && c.to) {
        BOOST_TEST((found->to.to == *c.to));
        BOOST_TEST(found->parameter == c.parameter);
    }
}

BOOST_DATA_TEST_CASE(database_failure_has_its_status, bdata::make(faults), c)
{
    pg::failure const failure{.code = c.code,
                              .diag = {.sqlstate = c.sqlstate, .message = "relation \"secret_table\" at db.internal"}};
    auto const answer = api::to_response(api::database_error("page", failure), "request-1");
    BOOST_TEST(answer.status == c.status);
    BOOST_TEST(!answer.headers.empty() == c.retry);
    if (c.retry)
        BOOST_TEST(answer.headers.front().first == "Retry-After");
    BOOST_TEST(answer.body.find("secret_table") == std::string::npos);
    BOOST_TEST(answer.body.find("db.internal") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(fault_of_ours_shows_the_request_id_only)
{
    auto const answer =
        api::to_response(api::database_error("page", {.code = pg::errc::protocol, .diag = {}}), "request-1");
    BOOST_TEST(answer.body ==
               R"({"message":"An internal error occurred. Please try again or contact the system administrator.",)"
               R"("detail":"request-1"})");
}

BOOST_AUTO_TEST_CASE(validations_carry_their_place)
{
    grammar::fault const placed{.code = grammar::fault_code::unknown_key,
                                .where = grammar::span{.offset = 3, .length = 5},
                                .field = "modle",
                                .detail = "d"};
    grammar::fault const nowhere{
        .code = grammar::fault_code::query_too_long, .where = {}, .field = "q", .detail = "long"};
    auto const answer = api::to_response(api::bad_request("m", std::vector{placed, nowhere}), "");
    BOOST_TEST(
        answer.body ==
        R"({"message":"m","validations":[{"field":"modle","detail":"d","position":3,"length":5},{"field":"q","detail":"long"}]})");
}

BOOST_AUTO_TEST_SUITE_END()
