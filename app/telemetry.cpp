#include "app/telemetry.hpp"

#include "app/drain_times.hpp"
#include "app/version.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bridgewatch::app {

using observe::log_level;

namespace {

std::string instance_name()
{
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0)
        host.front() = '\0';
    return std::string{host.data()} + ":" + std::to_string(::getpid());
}

std::shared_ptr<observe::otlp_exporter> exporter_of(serve_options const& options, observe::logger& log)
{
    auto const to = observe::otlp_target::parse(options.otlp_endpoint);
    if (!to)
        return nullptr;
    return std::make_shared<observe::otlp_exporter>(
        observe::otlp_settings{.to = *to,
                               .from = {.version = version(), .instance = instance_name()},
                               .time_to_end = drain_times{options.drain_timeout}.for_last_spans()},
        [&log](std::string const& why) { log.write(log_level::warn, "trace_export_failed", {{"reason", why}}); });
}

} // namespace

live_options live_options::of(serve_options const& options)
{
    return {.log_level = observe::parse_log_level(options.log_level).value_or(log_level::info),
            .slow_query = options.slow_query};
}

telemetry::telemetry(serve_options const& options, observe::logger& log)
    : metrics{build_facts(), options.threads},
      spans{exporter_of(options, log)},
      slow_after{std::make_shared<std::atomic<std::int64_t>>(0)},
      log_{log}
{
    apply(live_options::of(options));
}

void telemetry::apply(live_options const& now)
{
    log_.set_level(now.log_level);
    slow_after->store(std::chrono::microseconds{now.slow_query}.count(), std::memory_order_relaxed);
}

void telemetry::set_replica(std::optional<store::replica_state> const& state)
{
    std::lock_guard const lock{mutex_};
    replica_ = state;
}

void telemetry::watch(http::server_state const& connections, http::limits const& bounds,
                      std::atomic<bool> const& draining)
{
    metrics.ask([this, &connections, &bounds, &draining] {
        observe::process_state now;
        now.connections = http::open_connections(connections);
        now.connections_limit = bounds.connections;
        now.requests = http::running_requests(connections);
        now.requests_limit = bounds.requests;
        auto const& buffers = *http::buffers_of(connections);
        now.buffered_bytes = buffers.used();
        now.buffered_bytes_limit = buffers.limit();
        now.log_lines_lost = log_.lost_lines();
        now.is_draining = draining.load(std::memory_order_relaxed);
        if (spans)
            now.traces = spans->counts();
        std::lock_guard const lock{mutex_};
        if (replica_) {
            now.is_replica = replica_->is_replica;
            now.replica_lag_seconds = replica_->lag_seconds;
        }
        return now;
    });
}

observe::log_format log_format_of(serve_options const& options)
{
    auto const format = observe::parse_log_format(options.log_format).value_or(observe::log_format::json);
    auto const* const no_colour = std::getenv("NO_COLOR");
    auto const* const terminal = std::getenv("TERM");
    bool const is_plain = (no_colour != nullptr && *no_colour != '\0') || terminal == nullptr ||
                          std::string_view{terminal} == "dumb" || ::isatty(STDERR_FILENO) != 1;
    return format == observe::log_format::text && !is_plain ? observe::log_format::coloured_text : format;
}

} // namespace bridgewatch::app
