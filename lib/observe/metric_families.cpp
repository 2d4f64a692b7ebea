#include "lib/observe/metric_families.hpp"

#include "db/pg/error.hpp"
#include "db/sql/question.hpp"
#include "grammar/fault.hpp"
#include "lib/api/events.hpp"
#include "lib/api/routes.hpp"
#include "lib/observe/metric_labels.hpp"

namespace bridgewatch::observe {

namespace {

using prometheus::Registry;

/// Seconds. From a page that is cached well to the longest request.
prometheus::Histogram::BucketBoundaries const request_bounds{.0005, .001, .0025, .005, .01, .025, .05, .1,
                                                             .25,   .5,   1,     2.5,  5,   10,   30};
prometheus::Histogram::BucketBoundaries const statement_bounds{.0001, .00025, .0005, .001, .0025, .005, .01, .025,
                                                               .05,   .1,     .25,   .5,   1,     2.5,  5,   10};
prometheus::Histogram::BucketBoundaries const wait_bounds{.0001, .001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5};

template <std::size_t Labels>
counters<Labels> count(Registry& in, char const* name, char const* help,
                       std::array<std::string_view, Labels> labels = {})
{
    return {prometheus::BuildCounter().Name(name).Help(help).Register(in), labels};
}

template <std::size_t Labels>
histograms<Labels> distribute(Registry& in, char const* name, char const* help,
                              std::array<std::string_view, Labels> labels,
                              prometheus::Histogram::BucketBoundaries const& bounds)
{
    return {prometheus::BuildHistogram().Name(name).Help(help).Register(in), labels, bounds};
}

} // namespace

metric_families::metric_families(Registry& in)
    : requests{count<3>(in, "bridgewatch_http_requests_total", "Requests that were answered, or whose client left.",
                        {"route", "method", "status"})},
      request_duration{distribute<2>(in, "bridgewatch_http_request_duration_seconds",
                                     "From a request's first byte to its answer's last.", {"route", "method"},
                                     request_bounds)},
      response_bytes{
          count<1>(in, "bridgewatch_http_response_bytes_total", "Bytes of answers, heads included.", {"route"})},
      requests_ended{count<1>(in, "bridgewatch_http_requests_ended_total", "How requests ended.", {"how"})},
      troubles{count<1>(in, "bridgewatch_http_troubles_total", "What listeners and connections ran into.", {"event"})},
      pool_wait{distribute<0>(in, "bridgewatch_pool_wait_seconds", "What requests waited for a connection.", {},
                              wait_bounds)},
      pool_refusals{count<1>(in, "bridgewatch_pool_refusals_total", "Requests that got no connection.", {"reason"})},
      pool_connects{count<2>(in, "bridgewatch_pool_connects_total", "Connects to the database.", {"host", "outcome"})},
      pool_connections_lost{count<1>(in, "bridgewatch_pool_connections_lost_total",
                                     "Connections to the database that ended without our wish.", {"host"})},
      pool_cancels{count<1>(in, "bridgewatch_pool_cancels_total", "Cancels sent to the database.", {"outcome"})},
      statement_duration{distribute<1>(in, "bridgewatch_database_statement_duration_seconds",
                                       "From when a statement was sent, or the one before it answered, to its answer.",
                                       {"question"}, statement_bounds)},
      rows{count<1>(in, "bridgewatch_database_rows_total", "Rows that the database answered with.", {"question"})},
      statements{count<2>(in, "bridgewatch_database_statements_total",
                          "Statements: prepared before (hit), prepared for this one, or not at all.",
                          {"question", "plan"})},
      database_errors{
          count<2>(in, "bridgewatch_database_errors_total", "Statements that failed.", {"question", "reason"})},
      retries{count<0>(in, "bridgewatch_database_retries_total", "Reads that were asked again.")},
      slow_queries{
          count<1>(in, "bridgewatch_database_slow_queries_total", "Statements over --slow-query.", {"question"})},
      auth_attempts{count<1>(in, "bridgewatch_auth_attempts_total", "What became of requests' tokens.", {"outcome"})},
      auth_cache{count<1>(in, "bridgewatch_auth_cache_lookups_total", "Look-ups of keys in the cache.", {"result"})},
      search_faults{count<1>(in, "bridgewatch_search_faults_total", "Faults in queries.", {"kind"})},
      schema_probes{count<1>(in, "bridgewatch_schema_probes_total", "Looks at the database's schema.", {"outcome"})},
      loop_lag{distribute<0>(in, "bridgewatch_event_loop_lag_seconds",
                             "How late a loop comes to a timer that is due: what holds it up.", {}, wait_bounds)}
{
    static_cast<void>(pool_wait.at({}));
    static_cast<void>(retries.at({}));
    static_cast<void>(loop_lag.at({}));
    auto const each = [](counters<1> const& of, auto const& values) {
        for (std::string_view const value : values)
            static_cast<void>(of.at({value}));
    };
    for (auto const& route : api::routes()) {
        static_cast<void>(requests.at({route.pattern, label::get, status_label(200)}));
        static_cast<void>(request_duration.at({route.pattern, label::get}));
        static_cast<void>(response_bytes.at({route.pattern}));
    }
    each(requests_ended, label::endings);
    each(troubles, label::troubles);
    each(pool_refusals, label::refusals);
    each(pool_connections_lost, std::array{label::first});
    each(pool_cancels, label::cancels);
    for (auto const outcome : label::outcomes)
        static_cast<void>(pool_connects.at({label::first, outcome}));
    for (auto const question : sql::question::all) {
        static_cast<void>(statement_duration.at({question}));
        static_cast<void>(statements.at({question, label::hit}));
        static_cast<void>(database_errors.at({question, to_string(pg::errc::statement_timeout)}));
    }
    each(rows, sql::question::all);
    each(slow_queries, sql::question::all);
    each(auth_attempts, api::auth_outcome::all);
    each(auth_cache, label::cache_results);
    each(schema_probes, label::outcomes);
    for (std::size_t code = 0; code < grammar::fault_codes; ++code)
        static_cast<void>(search_faults.at({grammar::name_of(static_cast<grammar::fault_code>(code))}));
}

} // namespace bridgewatch::observe
