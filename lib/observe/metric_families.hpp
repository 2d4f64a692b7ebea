#pragma once

#include <boost/container/flat_map.hpp>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

/// Internal to this folder.
namespace bridgewatch::observe {

/// Counters and histograms of one name, by the values of their labels. The registry keeps them; any thread.
template <class Metric, std::size_t Labels>
struct labelled_family {
    prometheus::Family<Metric>& family;
    std::array<std::string_view, Labels> names;
    prometheus::Histogram::BucketBoundaries bounds = {}; ///< of histograms

    [[nodiscard]] Metric& at(std::array<std::string_view, Labels> const& values) const
    {
        prometheus::Labels labels;
        for (std::size_t i = 0; i < Labels; ++i)
            labels.emplace(names[i], values[i]);
        if constexpr (std::is_same_v<Metric, prometheus::Histogram>)
            return family.Add(labels, bounds);
        else
            return family.Add(labels);
    }
};

/// A loop's way to them: a look-up in the registry takes a lock and some 300 ns, so each is done once. Values have
/// static storage and are told apart by their place.
template <class Metric, std::size_t Labels>
class kept_metrics {
  public:
    explicit kept_metrics(labelled_family<Metric, Labels> const& of) : of_{of} {}

    [[nodiscard]] Metric& at(std::array<std::string_view, Labels> const& values)
    {
        std::array<char const*, Labels> key{};
        for (std::size_t i = 0; i < Labels; ++i)
            key[i] = values[i].data();
        auto const [found, is_new] = kept_.try_emplace(key, nullptr);
        if (is_new)
            found->second = &of_.at(values);
        return *found->second;
    }

  private:
    labelled_family<Metric, Labels> const& of_;
    boost::container::flat_map<std::array<char const*, Labels>, Metric*> kept_;
};

template <std::size_t Labels>
using counters = labelled_family<prometheus::Counter, Labels>;
template <std::size_t Labels>
using histograms = labelled_family<prometheus::Histogram, Labels>;

/// All that is counted as it happens. Each value that a closed list has is there from the start, with 0.
struct metric_families {
    explicit metric_families(prometheus::Registry& in);

    counters<3> requests;
    histograms<2> request_duration;
    counters<1> response_bytes, requests_ended, troubles;
    histograms<0> pool_wait;
    counters<1> pool_refusals;
    counters<2> pool_connects;
    counters<1> pool_connections_lost, pool_cancels;
    histograms<1> statement_duration;
    counters<1> rows;
    counters<2> statements, database_errors;
    counters<0> retries;
    counters<1> slow_queries, auth_attempts, auth_cache, search_faults, schema_probes;
    histograms<0> loop_lag;
};

} // namespace bridgewatch::observe
