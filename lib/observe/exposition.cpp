#include "lib/observe/exposition.hpp"

#include <prometheus/text_serializer.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace bridgewatch::observe {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view counter_suffix = "_total";

std::string_view type_name(MetricType type)
{
    switch (type) {
    case MetricType::Counter:
        return "counter";
    case MetricType::Gauge:
        return "gauge";
    case MetricType::Histogram:
        return "histogram";
    case MetricType::Summary:
        return "summary";
    case MetricType::Untyped:
        break;
    }
    return "unknown";
}

void append_escaped(std::string& out, std::string_view text)
{
    for (char const c : text) {
        if (c == '\\' || c == '"')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
}

void append_number(std::string& out, double value)
{
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else {
        char digits[std::numeric_limits<double>::max_digits10 + 16];
        auto const [end, error] = std::to_chars(digits, digits + sizeof digits, value);
        out.append(digits, end);
    }
}

void append_number(std::string& out, std::uint64_t value)
{
    out += std::to_string(value);
}

/// Bounds are floats there: 1 is written as 1.0.
void append_bound(std::string& out, double bound)
{
    auto const before = out.size();
    append_number(out, bound);
    if (std::isfinite(bound) && out.find_first_of(".e", before) == std::string::npos)
        out += ".0";
}

class open_metrics_text {
  public:
    void append(MetricFamily const& family)
    {
        base_ = family.name;
        if (family.type == MetricType::Counter && base_.ends_with(counter_suffix))
            base_.remove_suffix(counter_suffix.size());
        ((out_ += "# HELP ") += base_) += ' ';
        append_escaped(out_, family.help);
        (((out_ += "\n# TYPE ") += base_) += ' ') += type_name(family.type);
        out_ += '\n';
        for (auto const& one : family.metric)
            append(one, family.type);
    }

    [[nodiscard]] std::string finish()
    {
        out_ += "# EOF\n";
        return std::move(out_);
    }

  private:
    void append(ClientMetric const& one, MetricType type)
    {
        if (type == MetricType::Histogram)
            return append_histogram(one);
        if (type == MetricType::Counter)
            return sample(counter_suffix, one, one.counter.value);
        sample({}, one, one.gauge.value);
    }

    void append_histogram(ClientMetric const& one)
    {
        for (auto const& bucket : one.histogram.bucket) {
            begin("_bucket", one);
            out_ += one.label.empty() ? "{le=\"" : ",le=\"";
            append_bound(out_, bucket.upper_bound);
            out_ += "\"} ";
            append_number(out_, bucket.cumulative_count);
            out_ += '\n';
        }
        sample("_sum", one, one.histogram.sample_sum);
        sample("_count", one, one.histogram.sample_count);
    }

    /// Name and labels; the brace stays open where there are some.
    void begin(std::string_view suffix, ClientMetric const& one)
    {
        (out_ += base_) += suffix;
        char before = '{';
        for (auto const& label : one.label) {
            ((out_ += before) += label.name) += "=\"";
            append_escaped(out_, label.value);
            out_ += '"';
            before = ',';
        }
    }

    template <class Number>
    void sample(std::string_view suffix, ClientMetric const& one, Number value)
    {
        begin(suffix, one);
        out_ += one.label.empty() ? " " : "} ";
        append_number(out_, value);
        out_ += '\n';
    }

    std::string out_;
    std::string_view base_;
};

} // namespace

exposition_form wanted_form(std::string_view accept)
{
    return accept.find("application/openmetrics-text") == std::string_view::npos ? exposition_form::text
                                                                                 : exposition_form::open_metrics;
}

std::string_view content_type(exposition_form form)
{
    return form == exposition_form::text ? "text/plain; version=0.0.4; charset=utf-8"
                                         : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string expose(std::vector<MetricFamily> const& families, exposition_form form)
{
    if (form == exposition_form::text)
        return prometheus::TextSerializer{}.Serialize(families);
    open_metrics_text text;
    for (auto const& family : families)
        text.append(family);
    return text.finish();
}

} // namespace bridgewatch::observe
