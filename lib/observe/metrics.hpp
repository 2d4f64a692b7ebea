#pragma once

#include "db/pg/events.hpp"
#include "db/pg/pool.hpp"
#include "lib/api/events.hpp"
#include "lib/http/server.hpp"
#include "lib/observe/exposition.hpp"
#include "lib/observe/otlp_exporter.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::observe {

/// What the program was made of, for the labels of bridgewatch_build_info.
struct build_facts {
    std::string version, commit, compiler, boost, libpq;
};

/// What is asked for when the metrics are read: values of the whole process.
struct process_state {
    std::size_t connections = 0, connections_limit = 0;
    std::size_t requests = 0, requests_limit = 0; ///< handlers at work
    std::size_t buffered_bytes = 0, buffered_bytes_limit = 0;
    std::uint64_t log_lines_lost = 0;
    otlp_counts traces;
    std::optional<bool> is_replica; ///< of the database, where it is known
    std::optional<double> replica_lag_seconds;
    bool is_draining = false;
};

/// What a loop publishes of itself every now and then.
struct loop_state {
    pg::pool_stats first;
    std::optional<pg::pool_stats> other; ///< where there is another host
    std::size_t first_size = 0, other_size = 0;
    std::size_t cached_keys = 0;
    std::uint64_t access_lines_left_out = 0;
    bool is_schema_ready = false, is_accelerated = false;
};

/// Which host of the database's URL a pool leads to.
enum class pool_host { first, other };

struct metric_families;

/// One loop's counters: looked up once, then kept. Its loop only.
class loop_metrics {
  public:
    explicit loop_metrics(metric_families& of);
    loop_metrics(loop_metrics const&) = delete;
    loop_metrics& operator=(loop_metrics const&) = delete;
    ~loop_metrics();

    void count(http::access_event const& what);
    void count_trouble(std::string_view event);
    void count(pool_host host, pg::event const& what);
    void count(api::event const& what);
    void count_probe(bool good);
    /// How much later than due the loop came to a timer.
    void observe_lag(std::chrono::steady_clock::duration late);
    void publish(loop_state const& now);

    /// The last one published. Any thread.
    [[nodiscard]] loop_state published() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// The metrics of a process. Label sets are bounded: routes, methods, statuses and words of closed lists. Names are
/// held by test/unit/golden/metrics.
class metrics {
  public:
    metrics(build_facts const& build, std::size_t loops);
    metrics(metrics const&) = delete;
    metrics& operator=(metrics const&) = delete;
    ~metrics();

    [[nodiscard]] loop_metrics& loop(std::size_t at);

    /// Where values of the process come from; before the loops run. Called on any loop's thread.
    void ask(std::function<process_state()> state);

    /// All families, those without a sample as well. Any thread.
    [[nodiscard]] std::string text(exposition_form form) const;

    /// The answer of /metrics. Any thread.
    [[nodiscard]] http::response answer(http::request const& request) const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace bridgewatch::observe
