#include "lib/api/errors.hpp"

#include "lib/api/events.hpp"
#include "lib/json/error_body.hpp"

namespace bridgewatch::api {
namespace {

constexpr std::chrono::seconds soon{1};
constexpr std::string_view internal_error =
    "An internal error occurred. Please try again or contact the system administrator.";

constexpr char const* overloaded = "The service is overloaded. Please try again shortly.";

api_error failed(int status, std::string message, std::string log)
{
    auto const retry_after = status == 503 || status == 429 ? soon : std::chrono::seconds{0};
    return {.status = status,
            .message = std::move(message),
            .detail = {},
            .validations = {},
            .retry_after = retry_after,
            .log = std::move(log)};
}

/// Server errors that pass: connection exceptions, serialization failures and deadlocks, insufficient resources,
/// operator intervention.
bool passes(std::string_view sqlstate)
{
    auto const group = sqlstate.substr(0, 2);
    return group == "08" || group == "40" || group == "53" || group == "57";
}

} // namespace

bool schema_changed(pg::failure const& failure)
{
    using namespace pg::sqlstate;
    auto const& state = failure.diag.sqlstate;
    return state == undefined_column || state == undefined_table || state == feature_not_supported;
}

std::string describe(std::string_view stage, pg::failure const& failure)
{
    std::string log{stage};
    log += ": ";
    log += pg::to_string(failure.code);
    if (!failure.diag.sqlstate.empty())
        log += " " + failure.diag.sqlstate;
    if (!failure.diag.message.empty())
        log += ": " + failure.diag.message;
    return log;
}

pg::failure tell_apart(pg::failure failure, std::chrono::steady_clock::duration took, std::chrono::milliseconds limit)
{
    // Limits of later statements are what is left, in whole milliseconds: a time-out may come a little before the
    // first's.
    constexpr std::chrono::milliseconds rounding{5};
    if (failure.code == pg::errc::statement_timeout && took + rounding < limit)
        failure.code = pg::errc::stopped;
    return failure;
}

api_error database_error(std::string_view stage, pg::failure const& failure)
{
    auto log = describe(stage, failure);
    switch (failure.code) {
    case pg::errc::pool_timeout:
    case pg::errc::pool_full:
        return failed(503, overloaded, std::move(log));
    case pg::errc::pool_closed:
        return failed(503, "The service is shutting down. Please try again shortly.", std::move(log));
    case pg::errc::database_down:
    case pg::errc::connection_lost:
    case pg::errc::cancelled:
        return failed(503, "The database cannot be reached. Please try again shortly.", std::move(log));
    case pg::errc::statement_timeout:
    case pg::errc::deadline:
        return failed(504, "The query took longer than its time limit and was stopped. Please narrow the search.",
                      std::move(log));
    case pg::errc::stopped:
        return failed(503, "The query was stopped by an administrator of the database. Please try again later.",
                      std::move(log));
    case pg::errc::skipped:
    case pg::errc::server_error:
    case pg::errc::protocol:
        break;
    }
    // libpq itself, without a word of the server: it had no memory for an answer.
    if (failure.code == pg::errc::server_error && failure.diag.sqlstate.empty())
        return failed(503, overloaded, std::move(log));
    if (passes(failure.diag.sqlstate))
        return failed(503, "The database cannot be reached. Please try again shortly.", std::move(log));
    if (schema_changed(failure))
        return failed(503, "The database's schema has just changed. Please try again shortly.", std::move(log));
    return failed(500, {}, std::move(log));
}

api_error overload(std::string log)
{
    return failed(503, overloaded, std::move(log));
}

api_error too_many_at_once()
{
    auto out = failed(429, "Too many requests at once with this API key. Please try again shortly.",
                      "key: too many requests at once");
    out.auth = auth_outcome::too_many;
    return out;
}

api_error no_room()
{
    return overload("buffers: no room in time");
}

api_error unavailable(std::string why)
{
    return failed(503, std::move(why), "unavailable");
}

api_error too_many_attempts(std::chrono::seconds retry_after)
{
    return {.status = 429,
            .message = "Too many failed attempts to sign in from your address. Please try again later.",
            .detail = {},
            .validations = {},
            .retry_after = retry_after,
            .log = "authentication: too many bad tokens from this address",
            .auth = auth_outcome::too_many};
}

api_error bad_request(std::string message, std::string detail)
{
    return {.status = 400, .message = std::move(message), .detail = std::move(detail), .validations = {}, .log = {}};
}

api_error bad_request(std::string message, std::vector<grammar::fault> validations)
{
    return {
        .status = 400, .message = std::move(message), .detail = {}, .validations = std::move(validations), .log = {}};
}

http::response to_response(api_error const& error, std::string_view request_id)
{
    http::response out{.status = error.status, .body = {}, .headers = {}};
    if (error.retry_after.count() > 0)
        out.headers.emplace_back("Retry-After", std::to_string(error.retry_after.count()));
    if (error.status == 500) {
        out.body = json::error_body(internal_error, request_id);
        return out;
    }
    std::vector<json::validation> validations;
    validations.reserve(error.validations.size());
    for (auto const& fault : error.validations) {
        auto& entry = validations.emplace_back(json::validation{.field = fault.field, .detail = fault.detail});
        if (fault.where) {
            entry.position = fault.where->offset;
            entry.length = fault.where->length;
        }
    }
    out.body = json::error_body(error.message, error.detail, validations);
    return out;
}

} // namespace bridgewatch::api
