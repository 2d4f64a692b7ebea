#include "lib/api/openapi.hpp"

#include "lib/api/openapi_parts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace bridgewatch::api {
namespace openapi {
namespace {

using boost::json::array;

enum class method { get, head };

/// "getAiGatewaySessionsBySessionId": the method, and the words of the path that tell it from others.
std::string operation_id(method how, std::string_view path)
{
    constexpr std::string_view everywhere = "/api/v2";
    std::string out{how == method::get ? "get" : "head"};
    if (path.starts_with(everywhere))
        path.remove_prefix(everywhere.size());
    bool starts_word = false;
    for (char const each : path) {
        bool const is_letter = 'a' <= each && each <= 'z';
        if (each == '{')
            out += "By";
        else if (is_letter)
            out += starts_word ? static_cast<char>(each - 'a' + 'A') : each;
        starts_word = !is_letter;
    }
    return out;
}

object success(method how, description const& what)
{
    object headers = headers_of_all();
    if (what.is_paged)
        headers.emplace("Link", reference("headers", "Link"));
    object out{{"description", "What was asked for."}, {"headers", std::move(headers)}};
    if (how == method::get)
        out.emplace("content", object{{what.media_type, {{"schema", reference("schemas", what.schema)}}}});
    return out;
}

object responses_of(method how, description const& what)
{
    object out{{"200", success(how, what)}};
    for (auto const& [status, response] : what.failures) {
        if (how == method::get)
            out.emplace(status, reference("responses", response));
        else if (status != "405")
            out.emplace(status, reference("responses", head_response(response)));
    }
    return out;
}

/// Any one of them proves who the caller is.
array security_of(description const& what)
{
    array out;
    if (what.tag == log_tag)
        for (auto const* scheme : {"cookie", "query", "header", "bearer"})
            out.emplace_back(object{{scheme, array{}}});
    return out;
}

object operation(method how, route const& of, description const& what)
{
    std::string summary{what.summary};
    std::string details{what.details};
    if (how == method::head) {
        summary += ", without the body";
        details = "What GET answers, headers only.";
    }
    return {{"operationId", operation_id(how, of.pattern)},
            {"tags", {what.tag}},
            {"summary", summary},
            {"description", details},
            {"security", security_of(what)},
            {"responses", responses_of(how, what)}};
}

object path_item(route const& of)
{
    auto const what = describe(of.to);
    array parameters{reference("parameters", "RequestId"), reference("parameters", "RequestTimeout")};
    for (auto const name : what.parameters)
        parameters.emplace_back(reference("parameters", name));
    return {{"parameters", std::move(parameters)},
            {"get", operation(method::get, of, what)},
            {"head", operation(method::head, of, what)}};
}

object paths()
{
    object out;
    for (auto const& each : routes())
        out.emplace(each.pattern, path_item(each));
    return out;
}

object schemas()
{
    auto out = common_schemas();
    for (auto const& more : {interception_schemas(), session_schemas()})
        out.insert(more.begin(), more.end());
    return out;
}

object info(std::string_view version)
{
    return {
        {"title", "bridgewatch"},
        {"summary", "Search in the audit log of Coder's AI Bridge"},
        {"description",
         "The audit log has one interception for each request that a user's AI tool made to a provider. Routes under "
         "`/api/v2/aibridge` and `/api/v2/ai-gateway` are the same. Owners and auditors read everything; others "
         "find nothing, or what is their own where the server is set so. Unknown parameters are ignored, of a "
         "repeated one the first counts, an empty one is an absent one."},
        {"version", version},
        {"license", {{"name", "Apache License 2.0"}, {"identifier", "Apache-2.0"}}}};
}

array tags()
{
    return {{{"name", log_tag}, {"description", "Interceptions, and the sessions that they make up."}},
            {{"name", process_tag}, {"description", "The server itself. No session token is needed."}}};
}

} // namespace

object reference(std::string_view kind, std::string_view name)
{
    return {{"$ref", std::string{"#/components/"}.append(kind).append("/").append(name)}};
}

} // namespace openapi

std::string openapi_document(std::string_view version)
{
    using namespace openapi;
    object const document{{"openapi", "3.1.0"},
                          {"info", info(version)},
                          {"servers", {{{"url", "/"}, {"description", "The server that gave this document."}}}},
                          {"tags", tags()},
                          {"paths", paths()},
                          {"components",
                           {{"securitySchemes", security_schemes()},
                            {"parameters", parameters()},
                            {"headers", headers()},
                            {"responses", responses()},
                            {"schemas", schemas()}}}};
    return boost::json::serialize(document);
}

} // namespace bridgewatch::api
