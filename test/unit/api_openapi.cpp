#include "lib/api/openapi.hpp"
#include "lib/api/page_parameters.hpp"
#include "lib/api/routes.hpp"
#include "lib/api/session_parameters.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

// The document against the table of routes and the checks of parameters. What answers look like is held against it by
// the system tests.
namespace {

namespace bdata = boost::unit_test::data;
namespace bt = boost::test_tools;
namespace bj = boost::json;
using namespace bridgewatch;
using api::endpoint;
using names = std::vector<std::string>;

bj::value const& document()
{
    static bj::value const parsed = bj::parse(api::openapi_document("v1.2.3"));
    return parsed;
}

bj::object const& operation(std::string_view path, std::string_view method)
{
    return document().at("paths").at(path).at(method).as_object();
}

/// What a reference points to; itself where it is none.
bj::value const& resolved(bj::value const& from)
{
    auto const* reference = from.is_object() ? from.as_object().if_contains("$ref") : nullptr;
    if (reference == nullptr)
        return from;
    auto const& text = reference->as_string();
    BOOST_TEST_REQUIRE(text.starts_with("#/"), text);
    return document().at_pointer(text.subview(1));
}

bj::value const& resolved(bj::value const&&) = delete;

/// The parameters of a path that are `in` a place, by name.
bj::object parameters(std::string_view path, std::string_view in)
{
    bj::object out;
    for (auto const& entry : document().at("paths").at(path).at("parameters").as_array()) {
        auto const& parameter = resolved(entry);
        if (parameter.at("in").as_string() == in)
            BOOST_TEST(out.emplace(parameter.at("name").as_string(), parameter).second);
    }
    return out;
}

names keys_of(bj::object const& from)
{
    names out;
    for (auto const& [key, unused] : from)
        out.emplace_back(key);
    return out;
}

template <class Visit>
void visit_objects(bj::value const& from, Visit visit)
{
    if (auto const* list = from.if_array())
        for (auto const& each : *list)
            visit_objects(each, visit);
    if (auto const* object = from.if_object()) {
        visit(*object);
        for (auto const& [unused, each] : *object)
            visit_objects(each, visit);
    }
}

constexpr std::int64_t refused = -1;

api::query_parameters asking(std::optional<std::int64_t> limit)
{
    return api::query_parameters{limit ? "limit=" + std::to_string(*limit) : std::string{}};
}

/// What is made of a limit.
std::int64_t page_limit(std::optional<std::int64_t> asked)
{
    auto const read = api::read_page_parameters(asking(asked));
    return read ? read->limit : refused;
}

std::int64_t thread_limit(std::optional<std::int64_t> asked)
{
    auto const read = api::read_session_parameters(asking(asked));
    return read ? read->threads.limit : refused;
}

struct asked_by {
    endpoint of;
    names query;
};

std::ostream& operator<<(std::ostream& out, asked_by const& c)
{
    return out << "endpoint " << static_cast<int>(c.of);
}

asked_by const queries[] = {
    {endpoint::interceptions, {"q", "limit", "offset", "after_id", "count"}},
    {endpoint::interception, {}},
    {endpoint::sessions,
     {"q", "limit", "offset", "after_session_id", "after_initiator_id", "after_last_active_at", "count"}},
    {endpoint::session, {"after_id", "before_id", "limit", "initiator_id"}},
    {endpoint::models, {"q", "limit", "offset"}},
    {endpoint::clients, {"q", "limit", "offset"}},
    {endpoint::buildinfo, {}},
    {endpoint::openapi, {}},
    {endpoint::livez, {}},
    {endpoint::readyz, {}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_openapi)

BOOST_AUTO_TEST_CASE(its_paths_are_the_routes_of_the_table)
{
    names expected;
    for (auto const& route : api::routes())
        expected.emplace_back(route.pattern);
    BOOST_TEST(keys_of(document().at("paths").as_object()) == expected, bt::per_element());
    BOOST_TEST(document().at("openapi").as_string() == "3.1.0");
    BOOST_TEST(document().at("info").at("version").as_string() == "v1.2.3");
}

BOOST_AUTO_TEST_CASE(every_route_has_an_operation_for_each_method)
{
    for (auto const& route : api::routes()) {
        BOOST_TEST_CONTEXT(route.pattern)
        {
            auto methods = keys_of(document().at("paths").at(route.pattern).as_object());
            BOOST_TEST(methods == (names{"parameters", "get", "head"}), bt::per_element());
            auto const& get = operation(route.pattern, "get");
            auto const& success = get.at("responses").at("200");
            auto const* const media = route.to == api::endpoint::metrics ? "text/plain" : "application/json";
            BOOST_TEST(!resolved(success.at("content").at(media).at("schema")).as_object().empty());
            BOOST_TEST(!get.at("summary").as_string().empty());
            BOOST_TEST(get.at("security").as_array().empty() != api::reads_log(route.to));
        }
    }
}

BOOST_AUTO_TEST_CASE(head_answers_what_get_does_without_a_body)
{
    for (auto const& route : api::routes()) {
        auto expected = operation(route.pattern, "get").at("responses").as_object();
        expected.erase("405");
        auto const& responses = operation(route.pattern, "head").at("responses").as_object();
        auto const found = keys_of(responses);
        std::set<std::string> const in_order(found.begin(), found.end());
        for (auto const& [status, response] : expected) {
            BOOST_TEST_CONTEXT(route.pattern << ' ' << std::string_view{status})
            {
                BOOST_TEST_REQUIRE(in_order.contains(status));
                auto const& of_head = resolved(responses.at(status)).as_object();
                BOOST_TEST(!of_head.contains("content"));
                BOOST_TEST(of_head.at("headers") == resolved(response).at("headers"));
            }
        }
        BOOST_TEST(in_order.size() == expected.size());
    }
}

BOOST_DATA_TEST_CASE(query_parameters_are_those_that_are_read, bdata::make(queries), c)
{
    auto found = 0;
    for (auto const& route : api::routes()) {
        if (route.to != c.of)
            continue;
        ++found;
        BOOST_TEST(keys_of(parameters(route.pattern, "query")) == c.query, bt::per_element());
    }
    BOOST_TEST(found > 0);
}

BOOST_AUTO_TEST_CASE(parameters_of_paths_are_those_of_their_patterns)
{
    for (auto const& route : api::routes()) {
        names expected;
        if (auto const brace = route.pattern.find('{'); brace != std::string_view::npos)
            expected.emplace_back(route.pattern.substr(brace + 1, route.pattern.find('}') - brace - 1));
        auto const described = parameters(route.pattern, "path");
        BOOST_TEST(keys_of(described) == expected, bt::per_element());
        for (auto const& [name, parameter] : described)
            BOOST_TEST(parameter.at("required").as_bool(), std::string_view{name});
    }
}

BOOST_AUTO_TEST_CASE(limits_are_those_that_are_checked)
{
    auto const page = parameters("/api/v2/aibridge/interceptions", "query").at("limit").at("schema");
    auto const largest = page.at("maximum").as_int64();
    BOOST_TEST(page_limit(page.at("minimum").as_int64()) == page.at("default").as_int64());
    BOOST_TEST(page_limit({}) == page.at("default").as_int64());
    BOOST_TEST(page_limit(largest) == largest);
    BOOST_TEST(page_limit(largest + 1) == refused);

    auto const threads = parameters("/api/v2/aibridge/sessions/{session_id}", "query").at("limit").at("schema");
    auto const fewest = threads.at("minimum").as_int64(), most = threads.at("maximum").as_int64();
    BOOST_TEST(thread_limit(fewest - 1) == refused);
    BOOST_TEST(thread_limit(fewest) == fewest);
    BOOST_TEST(thread_limit({}) == threads.at("default").as_int64());
    BOOST_TEST(thread_limit(most) == most);
    BOOST_TEST(thread_limit(most + 1) == refused);
}

BOOST_AUTO_TEST_CASE(count_modes_are_those_that_are_checked)
{
    auto const schema = parameters("/api/v2/aibridge/interceptions", "query").at("count").at("schema").as_object();
    for (auto const& mode : schema.at("enum").as_array())
        BOOST_TEST(
            api::read_page_parameters(api::query_parameters{"count=" + std::string{mode.as_string()}}).has_value());
    BOOST_TEST(api::read_page_parameters(api::query_parameters{"count=other"}).has_error());
}

BOOST_AUTO_TEST_CASE(every_reference_leads_somewhere)
{
    std::size_t references = 0;
    visit_objects(document(), [&](bj::object const& each) {
        auto const* reference = each.if_contains("$ref");
        if (reference == nullptr)
            return;
        ++references;
        boost::system::error_code failed;
        auto const& text = reference->as_string();
        BOOST_TEST_REQUIRE(text.starts_with("#/"), text);
        BOOST_TEST(document().find_pointer(text.subview(1), failed) != nullptr, text);
    });
    BOOST_TEST(references > 100U);
}

BOOST_AUTO_TEST_CASE(operation_ids_are_unique)
{
    std::set<std::string> seen;
    visit_objects(document(), [&](bj::object const& each) {
        if (auto const* id = each.if_contains("operationId"))
            BOOST_TEST(seen.emplace(id->as_string()).second, id->as_string());
    });
    BOOST_TEST(seen.size() == 2 * api::routes().size());
    BOOST_TEST(seen.contains("getAiGatewaySessionsBySessionId"));
}

BOOST_AUTO_TEST_CASE(objects_of_the_contract_are_closed)
{
    for (auto const& [name, schema] : document().at("components").at("schemas").as_object()) {
        auto const* properties = schema.as_object().if_contains("properties");
        if (properties == nullptr || name == "Document")
            continue;
        BOOST_TEST(!schema.at("additionalProperties").as_bool(), std::string_view{name});
        for (auto const& required : schema.at("required").as_array())
            BOOST_TEST(properties->as_object().contains(required.as_string()), required);
    }
}

BOOST_AUTO_TEST_SUITE_END()
