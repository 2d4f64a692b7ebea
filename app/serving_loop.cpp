#include "app/serving_loop.hpp"

#include "app/version.hpp"
#include "lib/core/overloaded.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace bridgewatch::app {

namespace asio = boost::asio;
using observe::log_level;

namespace {

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

} // namespace

http::limits limits_of(serve_options const& options)
{
    auto limits = options.http;
    limits.requests = options.max_requests;
    limits.is_vital = &api::is_vital;
    return limits;
}

serving_loop::serving_loop(loop_listeners listeners, serve_options const& options, loop_place where,
                           shared_parts& shared)
    : shared_{shared},
      metrics_{shared.telemetry.metrics.loop(where.index)},
      listeners_context_{std::move(listeners.context)},
      heartbeat_{*listeners_context_},
      pool_size_{where.pool_share},
      pool_{listeners_context_->get_executor(), shared.database,
            pool_settings_of(options, where.pool_share, !shared.database.elsewhere()), *shared.helpers,
            [this](pg::event const& event) { note(observe::pool_host::first, event); }},
      elsewhere_{make_elsewhere(options, where.pool_share)},
      schema_{listeners_context_->get_executor(), pool_,
              [this](bool good, std::string const& reason) {
                  if (!shared_.news.is_new(good, reason))
                      return;
                  shared_.log.write(good ? log_level::info : log_level::error,
                                    good ? "schema_ready" : "schema_not_ready", {{"reason", reason}});
              },
              [this](bool good) { metrics_.count_probe(good); }},
      service_{pool_,           elsewhere_ ? *elsewhere_ : pool_,
               schema_,         settings_of_service(options, where.pool_share),
               shared.draining, http::buffers_of(*shared.connections)},
      api_server_{
          *listeners_context_,
          std::move(listeners.api),
          limits_of(options),
          options.trusted_proxies,
          shared.connections,
          [this](http::request const& request, http::request_notes& notes) { return answer(request, notes, false); },
          observer(options.log_queries)}
{
    if (!options.otlp_endpoint.empty() || options.service.sql_comments)
        tracer_.emplace(options.trace_sample, shared.seed + where.index, shared.telemetry.spans);
    if (options.slow_query_plan)
        slow_plans_.emplace(pool_, [this](api::slow_plans::found const& it) {
            shared_.log.write(log_level::warn, "slow_query_plan",
                              {{"question", it.question}, {"plan", it.plan}, {"request_id", it.request_id}});
        });
    if (where.index == 0)
        replica_.emplace(listeners_context_->get_executor(), pool_, shared.wants_replica,
                         [this](auto const& state) { shared_.telemetry.set_replica(state); });
    if (listeners.admin.empty())
        return;
    auto bounds = limits_of(options);
    bounds.connections = options.admin_connections;
    admin_server_.emplace(
        *listeners_context_, std::move(listeners.admin), bounds, options.trusted_proxies, shared.admin_connections,
        [this](http::request const& request, http::request_notes& notes) { return answer(request, notes, true); },
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
                                      [this](pg::event const& event) { note(observe::pool_host::other, event); });
}

api::service_settings serving_loop::settings_of_service(serve_options const& options, std::size_t pool_share)
{
    auto settings = service_settings_of(options, pool_share, shared_);
    settings.on_event = [this](api::event const& event) { note(event); };
    settings.slow_after = shared_.telemetry.slow_after;
    settings.metrics = [this](http::request const& request) {
        shared_.wants_replica.store(true, std::memory_order_relaxed);
        return shared_.telemetry.metrics.answer(request);
    };
    return settings;
}

asio::awaitable<http::response> serving_loop::answer(http::request const& request, http::request_notes& notes,
                                                     bool is_admin)
{
    if (tracer_)
        tracer_->begin(request, notes);
    return is_admin ? service_.answer_admin(request, notes) : service_.answer(request, notes);
}

http::observer serving_loop::observer(bool log_queries)
{
    return {.on_access =
                [this, log_queries](http::access_event const& event) {
                    metrics_.count(event);
                    if (tracer_)
                        tracer_->end(event);
                    auto const left_out =
                        sampler_.admit(event.status, std::chrono::steady_clock::now(), is_log_crowded_);
                    if (left_out)
                        observe::write_access_line(shared_.log, event, log_queries, *left_out);
                },
            .on_trouble =
                [this](std::string_view event, std::string_view detail, bool is_news) {
                    metrics_.count_trouble(event);
                    if (is_news)
                        shared_.log.write(log_level::warn, event, {{"detail", detail}});
                }};
}

void serving_loop::note(api::event const& event)
{
    metrics_.count(event);
    if (auto const* slow = std::get_if<api::slow_statement>(&event))
        note_slow(*slow);
}

void serving_loop::note_slow(api::slow_statement const& it)
{
    using std::chrono::microseconds;
    auto const& what = it.what;
    auto const took = std::chrono::duration_cast<microseconds>(what.ended - what.begun);
    std::string together;
    for (std::size_t behind = 1; behind <= what.together; ++behind)
        if (auto const about = what.what[behind].about; about != pg::housekeeping)
            together.append(together.empty() ? "" : ",").append(about);
    std::vector<observe::field> fields{
        {"question", what.what->about}, {"took_us", took.count()}, {"rows", what.rows}, {"route", it.route},
        {"request_id", it.request_id},  {"sql", what.what->sql}};
    if (!together.empty())
        fields.emplace_back("answered_with", together);
    if (what.failed != nullptr)
        fields.emplace_back("failed", to_string(what.failed->code));
    shared_.log.write(log_level::warn, "slow_query", fields);
    if (slow_plans_)
        slow_plans_->explain(context().get_executor(), *what.what, it.request_id);
}

void serving_loop::beat()
{
    constexpr std::chrono::milliseconds period{100};
    auto const now = std::chrono::steady_clock::now();
    try {
        publish(now);
    } catch (std::exception const&) { // NOLINT(bugprone-empty-catch): no memory, of which the next one may have some
    }
    heartbeat_.expires_at(now + period);
    heartbeat_.async_wait([this](boost::system::error_code stopped) {
        if (!stopped && !is_stopping_)
            beat();
    });
}

void serving_loop::publish(std::chrono::steady_clock::time_point now)
{
    if (heartbeat_.expiry() != asio::steady_timer::time_point{})
        metrics_.observe_lag(now - heartbeat_.expiry());
    observe::loop_state state{.first = pool_.stats(), .other = {}, .first_size = pool_size_, .other_size = 0};
    if (elsewhere_) {
        state.other = elsewhere_->stats();
        state.other_size = pool_size_;
    }
    state.cached_keys = service_.cached_keys();
    state.access_lines_left_out = sampler_.left_out();
    state.is_schema_ready = schema_.current() != nullptr;
    state.is_accelerated = state.is_schema_ready && schema_.current()->acceleration;
    metrics_.publish(state);
    is_log_crowded_ = shared_.log.is_crowded();
}

void serving_loop::note(observe::pool_host host, pg::event const& event)
{
    metrics_.count(host, event);
    auto& log = shared_.log;
    std::visit(core::overloaded{
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
                   [](pg::statement_ended const&) {},
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
    if (replica_)
        asio::co_spawn(context(), replica_->run(), [this](std::exception_ptr const& failed) {
            if (failed)
                shared_.log.write(log_level::error, "replica_watch_failed", {});
        });
    asio::post(context(), [this] { beat(); });
    api_server_.start();
    if (admin_server_)
        admin_server_->start();
}

asio::awaitable<void> serving_loop::shut_down(pg::steady_time deadline, std::chrono::milliseconds for_pools)
{
    co_await api_server_.drain(deadline);
    schema_.stop();
    if (replica_)
        replica_->stop();
    co_await pool_.close(deadline + for_pools);
    if (elsewhere_)
        co_await elsewhere_->close(deadline + for_pools);
    // Last, so that /readyz and /livez go on answering while requests finish.
    if (admin_server_)
        co_await admin_server_->drain(deadline + for_pools);
    is_stopping_ = true;
    heartbeat_.cancel();
}

} // namespace bridgewatch::app
