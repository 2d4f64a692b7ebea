#include "lib/api/openapi_parts.hpp"

#include <boost/json/array.hpp>

#include <span>
#include <string>
#include <utility>

// Answers that are no 200, and how callers prove who they are.
namespace bridgewatch::api::openapi {
namespace {

constexpr std::string_view signed_out =
    "You are signed out or your session has expired. Please sign in again to continue.";
constexpr std::string_view internal_error =
    "An internal error occurred. Please try again or contact the system administrator.";

object message(std::string_view text)
{
    return {{"message", text}};
}

object message(std::string_view text, std::string_view detail)
{
    return {{"message", text}, {"detail", detail}};
}

object faulty_query()
{
    return {{"message", "Invalid interception search query."},
            {"validations",
             {{{"field", "modle"},
               {"detail", R"(Query param "modle" is not a valid query param; did you mean "model"?)"},
               {"position", 0},
               {"length", 5}}}}};
}

/// @param more a header besides those of every answer; empty for none
void add(object& to, std::string_view name, std::string_view about, object example, std::string_view more = {})
{
    object headers = headers_of_all();
    if (more == "Allow")
        headers.emplace(more, reference("headers", "Allow"));
    if (more == "Retry-After")
        headers.emplace(more, reference("headers", "RetryAfter"));
    object const json{{"schema", reference("schemas", "Error")}, {"example", std::move(example)}};
    to.emplace(name, object{{"description", about}, {"headers", headers}, {"content", {{"application/json", json}}}});
    // HEAD is allowed everywhere, and so is never told what is.
    if (more != "Allow")
        to.emplace(head_response(name), object{{"description", about}, {"headers", std::move(headers)}});
}

object api_key(std::string_view in, std::string_view name)
{
    return {{"type", "apiKey"},
            {"in", in},
            {"name", name},
            {"description", "A session token. The first place that has one decides: cookie, query, header, bearer."}};
}

} // namespace

std::string head_response(std::string_view name)
{
    return std::string{name} + "Head";
}

object responses()
{
    object out;
    add(out, "Malformed", "What was sent is not HTTP, or a header's value cannot be read.",
        message("Malformed HTTP request.", "There must be one Host header."));
    add(out, "BadRequest",
        "A parameter or `q` is at fault; all faults of a query are told at once. Or what was sent is not HTTP, or a "
        "header's "
        "value cannot be read.",
        faulty_query());
    add(out, "Unauthorized", "There is no session token, or none that is good.",
        message(signed_out, "API key is invalid."));
    add(out, "Forbidden", "The session token lacks the scope to read interceptions.", message("Forbidden."));
    add(out, "NotFound",
        "There is nothing of that id which the caller may see, or this port does not serve the route: health has a "
        "port "
        "of its own where `--admin-listen` says so.",
        message("Route not found."));
    add(out, "MethodNotAllowed", "Another method than GET and HEAD.", message("Method not allowed."), "Allow");
    add(out, "RequestTimeout", "The request did not arrive in time.",
        message("The request did not arrive in time.", "The head is not complete."));
    add(out, "BodyTooLarge", "The request has a large body, though no route takes any.",
        message("Request body too large.", "No route takes a request body."));
    add(out, "UrlTooLong", "The request line is longer than 16 KiB.",
        message("URL too long.", "The request line is over its limit."));
    add(out, "TooManyRequests",
        "The API key has as many requests at work as it may, or the client's address has sent too many session tokens "
        "that are not good.",
        message("Too many requests at once with this API key. Please try again shortly."), "Retry-After");
    add(out, "HeaderBlockTooLong", "The header block is longer than 32 KiB, or has more than 2,000 fields.",
        message("Request header fields too large.", "The header block is over its limit."));
    add(out, "InternalError", "A fault of the server; `detail` is the request id, under which the log has the reason.",
        message(internal_error, "0b6f3c52-7a0e-4f0e-9a63-8f1d6a3c2b10"));
    add(out, "NotAvailable", "Overload, a database that cannot be reached, or a server that shuts down.",
        message("The service is overloaded. Please try again shortly."), "Retry-After");
    add(out, "TimedOut", "The request took longer than its time limit.",
        message("The query took longer than its time limit and was stopped. Please narrow the search."));
    return out;
}

object headers_of_all()
{
    return {{"X-Request-Id", reference("headers", "RequestId")},
            {"Cache-Control", reference("headers", "CacheControl")},
            {"Vary", reference("headers", "Vary")}};
}

object headers()
{
    return {{"RequestId",
             {{"description", "The caller's own, or a fresh UUID; the log has it too."},
              {"required", true},
              {"schema", {{"type", "string"}, {"pattern", "^[!-~]{1,128}$"}}}}},
            {"CacheControl",
             {{"description", "An audit log belongs into no cache."},
              {"required", true},
              {"schema", {{"type", "string"}, {"const", "no-store"}}}}},
            {"Vary",
             {{"description", "Answers are compressed as `Accept-Encoding` asks (zstd, gzip)."},
              {"required", true},
              {"schema", {{"type", "string"}, {"const", "Accept-Encoding"}}}}},
            {"Link",
             {{"description", "RFC 8288: the page behind this one (`rel=\"next\"`), and of threads the one before it "
                              "(`rel=\"prev\"`), each in a header of its own. Absent where there is none."},
              {"schema", {{"type", "string"}, {"pattern", "^<[^<>]+>; rel=\"(next|prev)\"$"}}}}},
            {"Allow",
             {{"description", "The methods of the route."},
              {"required", true},
              {"schema", {{"type", "string"}, {"const", allowed_methods}}}}},
            {"RetryAfter",
             {{"description", "Seconds after which to try again."},
              {"required", true},
              {"schema", {{"type", "integer"}, {"minimum", 1}}}}}};
}

object security_schemes()
{
    return {{"cookie", api_key("cookie", "coder_session_token")},
            {"query", api_key("query", "coder_session_token")},
            {"header", api_key("header", "Coder-Session-Token")},
            {"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"description", "A session token, `ID-SECRET`."}}}};
}

} // namespace bridgewatch::api::openapi
