#include "lib/api/openapi.hpp"
#include "test/system/openapi_answers.hpp"
#include "test/system/openapi_tools.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

// Whether the tools that hold the document find anything at all.
namespace bridgewatch::test::openapi {
namespace {

struct wrong_answer {
    std::string method, route;
    int status = 0;
    std::map<std::string, std::string> headers; ///< instead of, or besides, the good ones
    std::string body;
    std::string says; ///< what the validator has to say of it
};

std::vector<wrong_answer> wrong_answers()
{
    std::string const live = R"({"status":"live"})", refusal = R"({"message":"No."})";
    return {
        {"GET", "/nothing", 200, {}, live, "GET /nothing 200: is not described"},
        {"GET", "/livez", 418, {}, live, "GET /livez 418: is not described"},
        {"POST", "/livez", 200, {}, live, "POST /livez 200: is not described"},
        {"GET", "", 200, {}, live, "GET null 200: is not described"},
        {"GET", "/livez", 200, {}, R"({"status":"dead"})", "/status must be equal to constant"},
        {"GET", "/livez", 200, {}, R"({"status":"live","more":1})", "must NOT have additional properties"},
        {"GET", "/livez", 200, {}, "live", "the body is no JSON"},
        {"HEAD", "/livez", 200, {}, live, "an answer to HEAD has a body"},
        {"GET", "/livez", 200, {{"content-type", "text/plain"}}, live, "content-type is text/plain"},
        {"GET", "/livez", 200, {{"x-more", "1"}}, live, "header x-more is not described"},
        {"GET", "/livez", 200, {{"x-request-id", ""}}, live, "header X-Request-Id: / must match pattern"},
        {"GET", "/readyz", 503, {}, refusal, "header Retry-After is missing"},
        {"PUT", "/livez", 405, {{"allow", "GET"}}, refusal, "header Allow: / must be equal to constant"},
        {"GET",
         "/livez",
         404,
         {},
         R"({"message":"No.","validations":[]})",
         "/validations must NOT have fewer than 1 items"},
        {"GET", "/api/v2/aibridge/models", 200, {}, "[1]", "/0 must be string"},
        {"GET", "/api/v2/aibridge/sessions", 200, {}, R"({"count":0})", "must have required property 'sessions'"},
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(openapi_faults)

BOOST_AUTO_TEST_CASE(linter_finds_what_is_wrong)
{
    auto document = boost::json::parse(api::openapi_document("v1"));
    document.at("paths").at("/livez").at("get").as_object().erase("summary");
    document.at("components").at("schemas").at("Error").at("required").as_array().emplace_back("nothing");
    auto const found = lint(boost::json::serialize(document));
    BOOST_TEST(found.status.code == 1);
    for (auto const* rule : {"operation-summary", "no-required-schema-properties-undefined"})
        BOOST_TEST(found.errors.find(rule) != std::string::npos, found.errors);
}

BOOST_AUTO_TEST_CASE(validator_finds_what_is_wrong)
{
    answer_log log;
    std::vector<std::string> expected{"HEAD /readyz 503: was not seen", "GET /livez 200: need not be excused"};
    for (auto const& each : wrong_answers()) {
        http_answer answer{.status = each.status,
                           .headers = {{"content-type", "application/json; charset=utf-8"}, {"x-request-id", "id"}},
                           .body = each.body};
        for (auto const& [name, value] : each.headers)
            answer.headers.insert_or_assign(name, value);
        log.add(each.method, each.route, answer);
        expected.push_back(each.says);
    }
    auto const found = validate(api::openapi_document("v1"), log.lines(), {"GET /livez 200"});
    BOOST_TEST(found.status.code == 1);
    for (auto const& text : expected)
        BOOST_TEST(found.errors.find(text) != std::string::npos, text << " is not in " << found.errors);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test::openapi
