#include "lib/observe/metrics.hpp"

#include "lib/core/overloaded.hpp"
#include "lib/observe/metric_families.hpp"
#include "lib/observe/metric_labels.hpp"
#include "lib/observe/process_facts.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

namespace bridgewatch::observe {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr int least_status = 100, most_status = 599;

double seconds(std::chrono::steady_clock::duration span)
{
    return std::chrono::duration<double>(span).count();
}

std::string_view host_label(pool_host host)
{
    return host == pool_host::first ? label::first : label::other;
}

std::string_view plan_label(pg::statement_ended::plan by)
{
    using enum pg::statement_ended::plan;
    return by == kept ? label::hit : by == prepared ? label::prepared : label::unprepared;
}

/// Gauges, and counters that others keep, as families that are made when they are read.
class family_list {
  public:
    using labels = std::vector<ClientMetric::Label>;

    void gauge(std::string name, std::string help) { begin(std::move(name), std::move(help), MetricType::Gauge); }

    void gauge(std::string name, std::string help, double value)
    {
        gauge(std::move(name), std::move(help));
        sample(value);
    }

    void counter(std::string name, std::string help) { begin(std::move(name), std::move(help), MetricType::Counter); }

    void counter(std::string name, std::string help, double value)
    {
        counter(std::move(name), std::move(help));
        sample(value);
    }

    /// Of the family that was begun last.
    void sample(double value, labels of = {})
    {
        auto& one = all_.back().metric.emplace_back();
        one.label = std::move(of);
        if (all_.back().type == MetricType::Counter)
            one.counter.value = value;
        else
            one.gauge.value = value;
    }

    [[nodiscard]] std::vector<MetricFamily> take() && { return std::move(all_); }

  private:
    void begin(std::string name, std::string help, MetricType type)
    {
        all_.push_back({.name = std::move(name), .help = std::move(help), .type = type, .metric = {}});
    }

    std::vector<MetricFamily> all_;
};

double number(std::size_t value)
{
    return static_cast<double>(value);
}

void add_pools(family_list& to, std::vector<loop_state> const& loops)
{
    struct sums {
        std::size_t size = 0, idle = 0, in_use = 0, other = 0, waiting = 0;
        bool is_reachable = false;

        void add(pg::pool_stats const& one, std::size_t places)
        {
            size += places;
            idle += one.idle;
            in_use += one.in_use;
            other += one.open - one.idle - one.in_use;
            waiting += one.waiting;
            is_reachable = is_reachable || one.reachable;
        }
    };

    std::map<std::string, sums> hosts{{"first", {}}};
    for (auto const& loop : loops) {
        hosts["first"].add(loop.first, loop.first_size);
        if (loop.other)
            hosts["other"].add(*loop.other, loop.other_size);
    }
    auto const each = [&](auto const& add) {
        for (auto const& [host, all] : hosts)
            add(host, all);
    };
    to.gauge("bridgewatch_pool_size", "How many connections to the database there may be.");
    each([&](std::string const& host, sums const& all) { to.sample(number(all.size), {{"host", host}}); });
    to.gauge("bridgewatch_pool_connections", "Open connections to the database by what they do.");
    each([&](std::string const& host, sums const& all) {
        to.sample(number(all.idle), {{"host", host}, {"state", "idle"}});
        to.sample(number(all.in_use), {{"host", host}, {"state", "in_use"}});
        to.sample(number(all.other), {{"host", host}, {"state", "other"}});
    });
    to.gauge("bridgewatch_pool_waiting", "Requests that wait for a connection.");
    each([&](std::string const& host, sums const& all) { to.sample(number(all.waiting), {{"host", host}}); });
    to.gauge("bridgewatch_database_up", "Whether a connection to the database is open.");
    each([&](std::string const& host, sums const& all) { to.sample(all.is_reachable ? 1 : 0, {{"host", host}}); });
}

void add_loops(family_list& to, std::vector<loop_state> const& loops)
{
    add_pools(to, loops);
    std::size_t keys = 0;
    std::uint64_t left_out = 0;
    bool is_ready = !loops.empty(), is_accelerated = !loops.empty();
    for (auto const& loop : loops) {
        keys += loop.cached_keys;
        left_out += loop.access_lines_left_out;
        is_ready = is_ready && loop.is_schema_ready;
        is_accelerated = is_accelerated && loop.is_accelerated;
    }
    to.counter("bridgewatch_access_lines_sampled_out_total", "Access lines left out in overload.",
               static_cast<double>(left_out));
    to.gauge("bridgewatch_auth_cache_entries", "Keys in the caches of all loops.", number(keys));
    to.gauge("bridgewatch_schema_ready", "Whether all loops know a schema that they can read.", is_ready ? 1 : 0);
    to.gauge("bridgewatch_schema_accelerated", "Whether all loops have found the tables for sessions and counts.",
             is_accelerated ? 1 : 0);
    to.gauge("bridgewatch_threads", "Loops.", number(loops.size()));
}

void add_process(family_list& to, process_state const& now)
{
    to.gauge("bridgewatch_http_connections", "Open client connections.", number(now.connections));
    to.gauge("bridgewatch_http_connections_limit", "How many there may be.", number(now.connections_limit));
    to.gauge("bridgewatch_http_requests_in_flight", "Requests at work.", number(now.requests));
    to.gauge("bridgewatch_http_requests_limit", "How many there may be.", number(now.requests_limit));
    to.gauge("bridgewatch_http_buffered_bytes", "What answers take in memory.", number(now.buffered_bytes));
    to.gauge("bridgewatch_http_buffered_bytes_limit", "What they may take.", number(now.buffered_bytes_limit));
    to.gauge("bridgewatch_database_replica", "Whether the database is a replica that only follows another one.");
    if (now.is_replica)
        to.sample(*now.is_replica ? 1 : 0);
    to.gauge("bridgewatch_database_replica_lag_seconds", "How far a replica is behind; 0 where it has all that came.");
    if (now.replica_lag_seconds)
        to.sample(*now.replica_lag_seconds);
    to.counter("bridgewatch_log_lines_lost_total", "Lines that the log's output did not take in time.",
               static_cast<double>(now.log_lines_lost));
    to.counter("bridgewatch_trace_spans_exported_total", "Spans that the collector has taken.",
               static_cast<double>(now.traces.spans_exported));
    to.counter("bridgewatch_trace_spans_dropped_total", "Spans that were lost.");
    to.sample(static_cast<double>(now.traces.spans_dropped_queue), {{"reason", "queue_full"}});
    to.sample(static_cast<double>(now.traces.spans_dropped_export), {{"reason", "export_failed"}});
    to.counter("bridgewatch_trace_exports_total", "Batches sent to the collector.");
    to.sample(static_cast<double>(now.traces.exports_ok), {{"outcome", "ok"}});
    to.sample(static_cast<double>(now.traces.exports_failed), {{"outcome", "failed"}});
    to.gauge("bridgewatch_draining", "Whether the process is about to end.", now.is_draining ? 1 : 0);
}

void add_kernel(family_list& to, std::chrono::system_clock::time_point started)
{
    auto const facts = read_process_facts();
    to.counter("process_cpu_seconds_total", "CPU time spent, in seconds.", facts.cpu_seconds);
    to.gauge("process_resident_memory_bytes", "Resident memory.", static_cast<double>(facts.resident_bytes));
    to.gauge("process_virtual_memory_bytes", "Virtual memory.", static_cast<double>(facts.virtual_bytes));
    to.gauge("process_open_fds", "Open file descriptors.", static_cast<double>(facts.open_descriptors));
    to.gauge("process_max_fds", "How many there may be.", static_cast<double>(facts.max_descriptors));
    to.gauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
             std::chrono::duration<double>(started.time_since_epoch()).count());
    to.gauge("process_threads", "Threads of the process.", static_cast<double>(facts.threads));
}

} // namespace

std::string_view status_label(int status)
{
    using digits = std::array<char, 3>;
    static auto const texts = [] {
        std::array<digits, most_status - least_status + 1> out{};
        for (int code = least_status; code <= most_status; ++code)
            std::to_string(code).copy(out[static_cast<std::size_t>(code - least_status)].data(), 3);
        return out;
    }();
    if (status < least_status || status > most_status)
        return label::other;
    auto const& text = texts[static_cast<std::size_t>(status - least_status)];
    return {text.data(), text.size()};
}

struct loop_metrics::impl {
    explicit impl(metric_families& of)
        : families{of},
          requests{of.requests},
          request_duration{of.request_duration},
          response_bytes{of.response_bytes},
          statement_duration{of.statement_duration},
          rows{of.rows},
          statements{of.statements},
          pool_wait{of.pool_wait.at({})},
          loop_lag{of.loop_lag.at({})},
          auth_attempts{of.auth_attempts},
          auth_cache{of.auth_cache},
          requests_ended{of.requests_ended}
    {
    }

    void count(pg::statement_ended const& what)
    {
        auto const about = what.what->about;
        statement_duration.at({about}).Observe(seconds(what.ended - what.begun));
        statements.at({about, plan_label(what.by)}).Increment();
        if (what.rows > 0)
            rows.at({about}).Increment(number(what.rows));
        if (what.failed != nullptr && what.failed->code != pg::errc::skipped)
            families.database_errors.at({about, to_string(what.failed->code)}).Increment();
    }

    metric_families& families;
    kept_metrics<prometheus::Counter, 3> requests;
    kept_metrics<prometheus::Histogram, 2> request_duration;
    kept_metrics<prometheus::Counter, 1> response_bytes;
    kept_metrics<prometheus::Histogram, 1> statement_duration;
    kept_metrics<prometheus::Counter, 1> rows;
    kept_metrics<prometheus::Counter, 2> statements;
    prometheus::Histogram &pool_wait, &loop_lag;
    kept_metrics<prometheus::Counter, 1> auth_attempts, auth_cache, requests_ended;
    mutable std::mutex mutex;
    loop_state state;
};

loop_metrics::loop_metrics(metric_families& of) : impl_{std::make_unique<impl>(of)} {}

loop_metrics::~loop_metrics() = default;

void loop_metrics::count(http::access_event const& what)
{
    auto& me = *impl_;
    auto const route = what.notes->route;
    auto const method = what.what != nullptr ? method_label(what.what->method) : label::other_method;
    me.requests.at({route, method, status_label(what.status)}).Increment();
    me.request_duration.at({route, method}).Observe(seconds(what.took));
    me.response_bytes.at({route}).Increment(number(what.bytes_sent));
    me.requests_ended.at({what.ended}).Increment();
}

void loop_metrics::count_trouble(std::string_view event)
{
    impl_->families.troubles.at({event}).Increment();
}

void loop_metrics::count(pool_host host, pg::event const& what)
{
    auto& me = *impl_;
    auto const where = host_label(host);
    std::visit(core::overloaded{
                   [&](pg::statement_ended const& it) { me.count(it); },
                   [&](pg::connected const&) { me.families.pool_connects.at({where, label::ok}).Increment(); },
                   [&](pg::connect_failed const&) { me.families.pool_connects.at({where, label::failed}).Increment(); },
                   [&](pg::connection_closed const& it) {
                       if (!it.why.message.empty())
                           me.families.pool_connections_lost.at({where}).Increment();
                   },
                   [&](pg::cancel_sent const& it) {
                       me.families.pool_cancels.at({it.accepted ? label::accepted : label::failed}).Increment();
                   },
                   [](pg::notice const&) {},
                   [](pg::database_back const&) {},
               },
               what);
}

void loop_metrics::count(api::event const& what)
{
    auto& me = *impl_;
    std::visit(
        core::overloaded{
            [&](api::authenticated const& it) { me.auth_attempts.at({it.outcome}).Increment(); },
            [&](api::key_looked_up const& it) { me.auth_cache.at({it.is_hit ? label::hit : label::miss}).Increment(); },
            [&](api::query_refused const& it) {
                for (auto const& fault : it.faults)
                    me.families.search_faults.at({grammar::name_of(fault.code)}).Increment();
            },
            [&](api::waited_for_connection const& it) {
                me.pool_wait.Observe(seconds(it.took));
                if (it.refused != nullptr)
                    me.families.pool_refusals.at({to_string(it.refused->code)}).Increment();
            },
            [&](api::asked_again const&) { me.families.retries.at({}).Increment(); },
            [&](api::slow_statement const& it) { me.families.slow_queries.at({it.what.what->about}).Increment(); },
        },
        what);
}

void loop_metrics::count_probe(bool good)
{
    impl_->families.schema_probes.at({good ? label::ok : label::failed}).Increment();
}

void loop_metrics::observe_lag(std::chrono::steady_clock::duration late)
{
    impl_->loop_lag.Observe(seconds(late));
}

void loop_metrics::publish(loop_state const& now)
{
    std::lock_guard const lock{impl_->mutex};
    impl_->state = now;
}

loop_state loop_metrics::published() const
{
    std::lock_guard const lock{impl_->mutex};
    return impl_->state;
}

struct metrics::impl {
    explicit impl(build_facts build_of) : build{std::move(build_of)} {}

    build_facts build;
    /// Of the metrics, and so of the process: in a sandbox /proc does not tell when the machine started.
    std::chrono::system_clock::time_point const started = std::chrono::system_clock::now();
    prometheus::Registry registry;
    metric_families families{registry};
    std::vector<std::unique_ptr<loop_metrics>> loops;
    std::function<process_state()> state = [] { return process_state{}; };
};

metrics::metrics(build_facts const& build, std::size_t loops) : impl_{std::make_unique<impl>(build)}
{
    for (std::size_t i = 0; i < loops; ++i)
        impl_->loops.push_back(std::make_unique<loop_metrics>(impl_->families));
}

metrics::~metrics() = default;

loop_metrics& metrics::loop(std::size_t at)
{
    return *impl_->loops.at(at);
}

void metrics::ask(std::function<process_state()> state)
{
    impl_->state = std::move(state);
}

std::string metrics::text(exposition_form form) const
{
    auto all = impl_->registry.Collect();
    std::vector<loop_state> loops;
    for (auto const& loop : impl_->loops)
        loops.push_back(loop->published());
    family_list more;
    add_loops(more, loops);
    add_process(more, impl_->state());
    add_kernel(more, impl_->started);
    auto const& build = impl_->build;
    more.gauge("bridgewatch_build_info", "What the program was made of; always 1.");
    more.sample(1, {{"version", build.version},
                    {"commit", build.commit},
                    {"compiler", build.compiler},
                    {"boost", build.boost},
                    {"libpq", build.libpq}});
    for (auto& family : std::move(more).take())
        all.push_back(std::move(family));
    std::ranges::sort(all, {}, &MetricFamily::name);
    for (auto& family : all)
        std::ranges::sort(family.metric, {}, &ClientMetric::label);
    return expose(all, form);
}

http::response metrics::answer(http::request const& request) const
{
    auto const form = wanted_form(request.header("Accept").value_or(""));
    return {.body = text(form), .content_type = content_type(form), .headers = {}};
}

} // namespace bridgewatch::observe
