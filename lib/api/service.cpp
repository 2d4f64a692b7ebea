#include "lib/api/service.hpp"

#include "lib/api/openapi.hpp"
#include "lib/api/routes.hpp"
#include "lib/json/error_body.hpp"
#include "lib/json/escape.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::api {

namespace asio = boost::asio;

namespace {

/// What a flood of bad tokens may take of a loop: one connection of its pool, and a few milliseconds of others' time.
constexpr std::size_t suspects_at_once = 1;
constexpr std::size_t suspects_waiting = 64;

} // namespace

service::service(pg::pool& connections, pg::pool& elsewhere, schema_watch& schema, service_settings settings,
                 std::shared_ptr<std::atomic<bool> const> draining, std::shared_ptr<http::buffer_budget> buffers)
    : connections_{connections},
      elsewhere_{elsewhere},
      schema_{schema},
      database_{connections},
      settings_{std::move(settings)},
      draining_{std::move(draining)},
      buffers_{std::move(buffers)},
      keys_{settings_.auth_cache_ttl},
      expensive_{settings_.expensive_connections},
      suspects_{suspects_at_once, {.all = suspects_waiting, .of_one_caller = suspects_waiting}}
{
}

asio::awaitable<http::response> service::answer(http::request const& request, http::request_notes& notes)
{
    return dispatch(request, notes, true, settings_.health_on_main_port);
}

asio::awaitable<http::response> service::answer_admin(http::request const& request, http::request_notes& notes)
{
    return dispatch(request, notes, false, true);
}

asio::awaitable<http::response> service::dispatch(http::request const& request, http::request_notes& notes, bool api,
                                                  bool health)
{
    auto const [path, query] = split_target(request.target);
    auto found = find_route(path);
    bool const is_there = found && (found->to.to != endpoint::metrics || settings_.metrics);
    if (!is_there || !(is_health(found->to.to) ? health : api)) {
        api_error const error{.status = 404, .message = "Route not found.", .detail = {}, .validations = {}, .log = {}};
        co_return to_response(error, request.request_id);
    }
    notes.route = found->to.pattern;
    if (!is_allowed(request.method)) {
        api_error const error{
            .status = 405, .message = "Method not allowed.", .detail = {}, .validations = {}, .log = {}};
        auto refusal = to_response(error, request.request_id);
        refusal.headers.emplace_back("Allow", std::string{allowed_methods});
        co_return refusal;
    }
    if (reads_log(found->to.to) && connections_.crowded())
        co_return to_response(overload("pool: too many wait"), request.request_id);
    if (reads_log(found->to.to)) {
        visit guest{.request = request,
                    .notes = notes,
                    .given = query_parameters{query},
                    .parameter = std::move(found->parameter),
                    .database = {},
                    .connection = {},
                    .tries = {},
                    .is_elsewhere = false,
                    .has_looked_again = false,
                    .is_bound_to_shape = false,
                    .is_under_way = false,
                    .who = {},
                    .key_place = {},
                    .expensive = {},
                    .expensive_aside = {}};
        auto answered = co_await read_log(found->to.to, guest);
        co_return answered;
    }
    if (found->to.to == endpoint::readyz) {
        auto state = co_await readyz(request);
        co_return state;
    }
    if (found->to.to == endpoint::metrics)
        co_return settings_.metrics(request);
    if (found->to.to == endpoint::buildinfo)
        co_return buildinfo();
    if (found->to.to == endpoint::openapi) {
        if (openapi_.empty())
            openapi_ = openapi_document(settings_.version);
        co_return http::response{.body = openapi_, .headers = {}};
    }
    co_return http::response{.body = R"({"status":"live"})", .headers = {}};
}

/// Authenticate, then what the endpoint does; errors become answers here.
asio::awaitable<http::response> service::read_log(endpoint to, visit& guest)
{
    either<http::response> made{http::response{}};
    auto const admitted = co_await admit(guest);
    if (admitted.has_error())
        made = admitted.error();
    else if (to == endpoint::interceptions)
        made = co_await interceptions(guest);
    else if (to == endpoint::interception)
        made = co_await interception(guest);
    else if (to == endpoint::sessions)
        made = co_await sessions(guest);
    else if (to == endpoint::session)
        made = co_await session(guest);
    else
        made = co_await values(guest, to == endpoint::models ? sql::value_list::models : sql::value_list::clients);
    if (made.has_error()) {
        guest.notes.error = made.error().log;
        co_return to_response(made.error(), guest.request.request_id);
    }
    co_return std::move(*made);
}

http::response service::buildinfo() const
{
    // The keys that clients of upstream read; what does not exist here has its empty value.
    std::string body = R"({"external_url":"","version":)";
    json::append_string(body, settings_.version);
    body += R"(,"dashboard_url":"","telemetry":false,"workspace_proxy":false,"agent_api_version":"",)"
            R"("provisioner_api_version":"","upgrade_message":"","deployment_id":""})";
    return {.body = std::move(body), .headers = {}};
}

asio::awaitable<http::response> service::readyz(http::request const& request)
{
    if (draining_->load(std::memory_order_relaxed))
        co_return to_response(unavailable("Not ready: draining."), request.request_id);
    co_await schema_.first_look();
    if (!schema_.current())
        co_return to_response(unavailable("Not ready: " + schema_.reason()), request.request_id);
    auto const why_not = co_await database_.why_not(request.deadline);
    if (why_not)
        co_return to_response(unavailable("Not ready: " + *why_not), request.request_id);
    co_return http::response{.body = R"({"status":"ready"})", .headers = {}};
}

} // namespace bridgewatch::api
