#include "lib/api/service.hpp"

#include "lib/api/routes.hpp"
#include "lib/json/error_body.hpp"
#include "lib/json/escape.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

service::service(pg::pool& connections, schema_watch& schema, service_settings settings,
                 std::shared_ptr<std::atomic<bool> const> draining)
    : connections_{connections},
      schema_{schema},
      settings_{std::move(settings)},
      draining_{std::move(draining)},
      keys_{settings_.auth_cache_ttl}
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
    auto const found = find_route(path);
    if (!found || !(is_health(found->to) ? health : api)) {
        api_error const error{.status = 404, .message = "Route not found.", .detail = {}, .validations = {}, .log = {}};
        co_return to_response(error, request.request_id);
    }
    notes.route = found->pattern;
    if (!is_allowed(request.method)) {
        api_error const error{
            .status = 405, .message = "Method not allowed.", .detail = {}, .validations = {}, .log = {}};
        auto refusal = to_response(error, request.request_id);
        refusal.headers.emplace_back("Allow", std::string{allowed_methods});
        co_return refusal;
    }
    switch (found->to) {
    case endpoint::livez:
        co_return http::response{.body = R"({"status":"live"})", .headers = {}};
    case endpoint::buildinfo:
        co_return buildinfo();
    case endpoint::readyz: {
        auto state = co_await readyz(request);
        co_return state;
    }
    case endpoint::interceptions:
        break;
    }
    query_parameters const given{query};
    auto page = co_await interceptions(request, given, notes);
    co_return page;
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
    constexpr std::chrono::seconds patience{1};
    if (draining_->load(std::memory_order_relaxed))
        co_return to_response(unavailable("Not ready: draining."), request.request_id);
    co_await schema_.first_look();
    if (!schema_.current())
        co_return to_response(unavailable("Not ready: " + schema_.reason()), request.request_id);
    auto const deadline = std::min(steady_clock::now() + patience, request.deadline);
    auto lease = co_await connections_.acquire(deadline);
    if (lease.has_error()) {
        // A pool whose connections are all busy is a reachable database.
        auto const code = lease.error().code;
        if (code == pg::errc::pool_timeout && connections_.stats().in_use > 0)
            co_return http::response{.body = R"({"status":"ready"})", .headers = {}};
        co_return to_response(unavailable("Not ready: the database cannot be reached."), request.request_id);
    }
    pg::batch steps{{.sql = "SELECT 1", .parameters = {}}};
    auto const ran = co_await lease->run(std::move(steps), deadline);
    if (ran.has_error() || ran->back().has_error())
        co_return to_response(unavailable("Not ready: the database does not answer."), request.request_id);
    co_return http::response{.body = R"({"status":"ready"})", .headers = {}};
}

api_error service::database_fault(std::string_view stage, pg::failure const& failure)
{
    if (schema_changed(failure))
        schema_.recheck();
    return database_error(stage, failure);
}

asio::awaitable<service::either<void>> service::borrow(borrowed& connection, http::request const& request,
                                                       http::request_notes& notes)
{
    if (connection.lease)
        co_return either<void>{};
    auto const before = steady_clock::now();
    auto const deadline = std::min(before + settings_.pool_timeout, request.deadline);
    auto lease = co_await connections_.acquire(deadline);
    notes.pool_wait += std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - before);
    if (lease.has_error())
        co_return database_fault("pool", lease.error());
    connection.lease.emplace(std::move(*lease));
    co_return either<void>{};
}

} // namespace bridgewatch::api
