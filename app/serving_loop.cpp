#include "app/serving_loop.hpp"

#include "app/version.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace bridgewatch::app {

namespace asio = boost::asio;
using observe::log_level;

namespace {

template <class... Handlers>
struct overloaded : Handlers... {
    using Handlers::operator()...;
};

/// What a loop has of something that is given for the process, where that is its share of the pool.
std::size_t part(std::size_t of, serve_options const& options, std::size_t pool_share)
{
    return std::max<std::size_t>(1, of * pool_share / options.pool_size);
}

/// A queue may take this part of the time that the first in it is ready to wait.
constexpr int queue_part = 20;

/// @param last_resort whether there is no other host to ask where this one is gone: then its return is waited for
pg::pool_settings pool_settings_of(serve_options const& options, std::size_t share, bool last_resort)
{
    pg::pool_settings settings;
    settings.size = share;
    settings.waiters = part(options.pool_queue, options, share);
    settings.queue_target = options.service.pool_timeout / queue_part;
    settings.prepared_statements = options.prepared_statements;
    if (last_resort)
        settings.patience = options.service.pool_timeout;
    return settings;
}

/// Connections of one key may meet on one loop, where they would fill its queue: half as many again as its part.
std::size_t requests_per_key_here(serve_options const& options)
{
    constexpr std::size_t least = 4;
    return std::max(least, options.max_requests_per_key * 3 / (2 * options.threads));
}

api::service_settings service_settings_of(serve_options const& options, std::size_t pool_share,
                                          shared_parts const& shared)
{
    auto settings = options.service;
    auto const expensive = part(options.expensive_pool_size, options, pool_share);
    settings.expensive_connections =
        std::min(expensive, std::max<std::size_t>(1, pool_share - 1)); // one for the others
    settings.at_work = shared.at_work;
    if (options.threads > 1)
        settings.at_work_here = std::make_shared<api::key_places>(requests_per_key_here(options), shared.seed);
    settings.version = version();
    settings.failures = shared.failures;
    settings.health_on_main_port = options.admin_listen.empty();
    return settings;
}

http::limits limits_of(serve_options const& options)
{
    auto limits = options.http;
    limits.requests = options.max_requests;
    limits.is_vital = &api::is_vital;
    return limits;
}

} // namespace

serving_loop::serving_loop(loop_listeners listeners, serve_options const& options, std::size_t pool_share,
                           shared_parts& shared)
    : shared_{shared},
      listeners_context_{std::move(listeners.context)},
      pool_{listeners_context_->get_executor(), shared.database,
            pool_settings_of(options, pool_share, !shared.database.elsewhere()), *shared.helpers,
            [this](pg::event const& event) { note(event); }},
      elsewhere_{make_elsewhere(options, pool_share)},
      schema_{listeners_context_->get_executor(), pool_,
              [this](bool good, std::string const& reason) {
                  if (!shared_.news.is_new(good, reason))
                      return;
                  shared_.log.write(good ? log_level::info : log_level::error,
                                    good ? "schema_ready" : "schema_not_ready", {{"reason", reason}});
              }},
      service_{pool_,           elsewhere_ ? *elsewhere_ : pool_,
               schema_,         service_settings_of(options, pool_share, shared),
               shared.draining, http::buffers_of(*shared.connections)},
      api_server_{
          *listeners_context_,
          std::move(listeners.api),
          limits_of(options),
          options.trusted_proxies,
          shared.connections,
          [this](http::request const& request, http::request_notes& notes) { return service_.answer(request, notes); },
          observer(options.log_queries)}
{
    if (listeners.admin.empty())
        return;
    auto bounds = limits_of(options);
    bounds.connections = options.admin_connections;
    admin_server_.emplace(
        *listeners_context_, std::move(listeners.admin), bounds, options.trusted_proxies, shared.admin_connections,
        [this](http::request const& request, http::request_notes& notes) {
            return service_.answer_admin(request, notes);
        },
        observer(options.log_queries));
}

serving_loop::~serving_loop() = default;

std::unique_ptr<pg::pool> serving_loop::make_elsewhere(serve_options const& options, std::size_t pool_share)
{
    auto const hosts = shared_.database.elsewhere();
    if (!hosts)
        return nullptr;
    auto settings = pool_settings_of(options, pool_share, true);
    settings.stands_in = true;
    return std::make_unique<pg::pool>(context().get_executor(), *hosts, settings, *shared_.helpers_elsewhere,
                                      [this](pg::event const& event) { note(event); });
}

http::observer serving_loop::observer(bool log_queries)
{
    return {.on_access =
                [this, log_queries](http::access_event const& event) {
                    observe::write_access_line(shared_.log, event, log_queries);
                },
            .on_trouble =
                [this](std::string_view event, std::string_view detail) {
                    shared_.log.write(log_level::warn, event, {{"detail", detail}});
                }};
}

void serving_loop::note(pg::event const& event)
{
    auto& log = shared_.log;
    std::visit(overloaded{
                   [&](pg::connected const& it) {
                       log.write(log_level::debug, "database_connected", {{"took_us", it.took.count()}});
                       schema_.recheck(); // the database may have been upgraded while we were away
                   },
                   [&](pg::connect_failed const& it) {
                       log.write(log_level::warn, "database_connect_failed",
                                 {{"sqlstate", it.diag.sqlstate},
                                  {"message", it.diag.message},
                                  {"next_try_ms", it.next_try.count()}});
                   },
                   [&](pg::connection_closed const& it) {
                       log.write(it.why.message.empty() ? log_level::debug : log_level::warn,
                                 "database_connection_closed",
                                 {{"sqlstate", it.why.sqlstate}, {"message", it.why.message}});
                   },
                   [&](pg::cancel_sent const& it) {
                       log.write(log_level::info, "database_cancel_sent",
                                 {{"accepted", it.accepted}, {"took_us", it.took.count()}});
                   },
                   [&](pg::notice const& it) {
                       log.write(log_level::info, "database_notice",
                                 {{"severity", it.severity}, {"sqlstate", it.sqlstate}, {"message", it.message}});
                   },
                   [&](pg::database_back const&) { log.write(log_level::info, "database_back", {}); },
               },
               event);
}

void serving_loop::start()
{
    pool_.start();
    asio::co_spawn(context(), schema_.run(), [this](std::exception_ptr const& failed) {
        if (failed)
            shared_.log.write(log_level::error, "schema_watch_failed", {});
    });
    api_server_.start();
    if (admin_server_)
        admin_server_->start();
}

asio::awaitable<void> serving_loop::shut_down(pg::steady_time deadline)
{
    co_await api_server_.drain(deadline);
    schema_.stop();
    co_await pool_.close(deadline + std::chrono::milliseconds{500});
    if (elsewhere_)
        co_await elsewhere_->close(deadline + std::chrono::milliseconds{500});
    // Last, so that /readyz and /livez go on answering while requests finish.
    if (admin_server_)
        co_await admin_server_->drain(deadline + std::chrono::milliseconds{500});
}

} // namespace bridgewatch::app
