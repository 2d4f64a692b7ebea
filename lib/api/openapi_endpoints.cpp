#include "lib/api/openapi_parts.hpp"

// What each endpoint of the table is. One that is added there without a case here does not compile.
namespace bridgewatch::api::openapi {
namespace {

using names = std::vector<std::string_view>;

/// Overload is none of them.
std::vector<failure> failures_of_liveness()
{
    return {{"400", "Malformed"},    {"404", "NotFound"},   {"405", "MethodNotAllowed"},  {"408", "RequestTimeout"},
            {"413", "BodyTooLarge"}, {"414", "UrlTooLong"}, {"431", "HeaderBlockTooLong"}};
}

/// What may become of any request, in order of status: the transport answers these before the route is looked at, but
/// for 404 and 405.
std::vector<failure> failures_of_process()
{
    auto out = failures_of_liveness();
    out.push_back({"503", "NotAvailable"});
    return out;
}

std::vector<failure> failures_of_readiness()
{
    auto out = failures_of_process();
    out.push_back({"504", "TimedOut"});
    return out;
}

std::vector<failure> failures_of_log()
{
    return {
        {"400", "BadRequest"},       {"401", "Unauthorized"},       {"403", "Forbidden"},     {"404", "NotFound"},
        {"405", "MethodNotAllowed"}, {"408", "RequestTimeout"},     {"413", "BodyTooLarge"},  {"414", "UrlTooLong"},
        {"429", "TooManyRequests"},  {"431", "HeaderBlockTooLong"}, {"500", "InternalError"}, {"503", "NotAvailable"},
        {"504", "TimedOut"}};
}

description of_log(std::string_view summary, std::string_view details, names parameters, std::string_view schema,
                   bool is_paged)
{
    return {.tag = log_tag,
            .summary = summary,
            .details = details,
            .parameters = std::move(parameters),
            .schema = schema,
            .is_paged = is_paged,
            .failures = failures_of_log()};
}

description of_process(std::string_view summary, std::string_view details, std::string_view schema,
                       std::vector<failure> failures)
{
    return {.tag = process_tag,
            .summary = summary,
            .details = details,
            .parameters = {},
            .schema = schema,
            .is_paged = false,
            .failures = std::move(failures)};
}

description interceptions()
{
    return of_log("Interceptions that match a query",
                  "Completed interceptions, newest first: by `started_at`, then `id`, descending. In-flight ones are "
                  "among them where `q` has `is:inflight`.",
                  {"InterceptionQuery", "Limit", "Offset", "AfterId", "Count"}, "InterceptionPage", true);
}

description interception()
{
    return of_log("One interception", "A completed interception, as lists have it.", {"Id"}, "Interception", false);
}

description sessions()
{
    return of_log(
        "Sessions with an interception that matches a query",
        "Most recently active first: by `last_active_at`, then `id`, descending. `started_at`, `ended_at`, "
        "`threads` and `last_active_at` come from the interceptions that match, the rest from the whole "
        "session.",
        {"SessionQuery", "Limit", "Offset", "AfterSessionId", "AfterInitiatorId", "AfterLastActiveAt", "Count"},
        "SessionPage", true);
}

description session()
{
    return of_log("One session with its threads",
                  "Threads stand oldest first. A thread has what its root interception is followed by. Of several "
                  "sessions with that id it is the most recently active one, unless `initiator_id` says which.",
                  {"SessionId", "AfterThreadId", "BeforeThreadId", "ThreadLimit", "InitiatorId"}, "SessionDetail",
                  true);
}

} // namespace

description describe(endpoint to)
{
    switch (to) {
    case endpoint::interceptions:
        return interceptions();
    case endpoint::interception:
        return interception();
    case endpoint::sessions:
        return sessions();
    case endpoint::session:
        return session();
    case endpoint::models:
        return of_log("Models of completed interceptions", "Distinct and ascending.",
                      {"ModelPrefix", "Limit", "Offset"}, "ValueList", true);
    case endpoint::clients:
        return of_log("Clients of completed interceptions",
                      "Distinct and ascending; `Unknown` stands for those without a client.",
                      {"ClientPrefix", "Limit", "Offset"}, "ValueList", true);
    case endpoint::buildinfo:
        return of_process("Which version this is",
                          "The keys that clients of Coder read; what does not exist here is empty.", "BuildInfo",
                          failures_of_process());
    case endpoint::openapi:
        return of_process("This document", "OpenAPI 3.1, made from the table that routes requests.", "Document",
                          failures_of_process());
    case endpoint::livez:
        return of_process("Whether the process lives", "It does when it answers.", "Liveness", failures_of_liveness());
    case endpoint::readyz:
        return of_process("Whether requests can be answered",
                          "503 where the database cannot be reached, lacks what is needed, or the process drains.",
                          "Readiness", failures_of_readiness());
    case endpoint::metrics: {
        auto out = of_process("What the process counts and measures",
                              "Prometheus text format, or OpenMetrics where `Accept` has that.", "Metrics",
                              failures_of_liveness());
        out.media_type = "text/plain";
        return out;
    }
    }
    return {};
}

} // namespace bridgewatch::api::openapi
