#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::observe {

enum class exposition_form {
    text,         ///< Prometheus text format 0.0.4
    open_metrics, ///< OpenMetrics 1.0.0
};

/// What a scraper's `Accept` header asks for.
[[nodiscard]] exposition_form wanted_form(std::string_view accept);

/// The `Content-Type` of that form, with static storage.
[[nodiscard]] std::string_view content_type(exposition_form form);

/// Names of counters end with `_total` in both forms.
/// Source: prometheus.io, "Exposition formats"; OpenMetrics 1.0.0, "Text format".
[[nodiscard]] std::string expose(std::vector<prometheus::MetricFamily> const& families, exposition_form form);

} // namespace bridgewatch::observe
