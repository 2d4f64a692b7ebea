#include "lib/observe/exposition.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

namespace bridgewatch::observe {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric counted(double value, std::vector<ClientMetric::Label> labels = {})
{
    ClientMetric out;
    out.label = std::move(labels);
    out.counter.value = out.gauge.value = value;
    return out;
}

ClientMetric distributed()
{
    ClientMetric out;
    out.label = {{"route", "/a"}};
    out.histogram = {.sample_count = 3,
                     .sample_sum = 1.5,
                     .bucket = {{.cumulative_count = 1, .upper_bound = 0.25},
                                {.cumulative_count = 2, .upper_bound = 1},
                                {.cumulative_count = 3, .upper_bound = std::numeric_limits<double>::infinity()}}};
    return out;
}

std::vector<MetricFamily> const families{
    {"a_total",
     "Counts \"things\"\nin \\ two lines.",
     MetricType::Counter,
     {counted(2, {{"how", "with \"quotes\", \\ and\nlines"}}), counted(1.5)}},
    {"b", "Measures.", MetricType::Gauge, {counted(0)}},
    {"c_seconds", "Lasts.", MetricType::Histogram, {distributed()}},
    {"d", "Has no sample.", MetricType::Gauge, {}},
};

BOOST_AUTO_TEST_SUITE(observe_exposition)

BOOST_AUTO_TEST_CASE(open_metrics_names_counters_without_their_suffix_and_ends_with_eof)
{
    BOOST_TEST(expose(families, exposition_form::open_metrics) ==
               R"(# HELP a Counts \"things\"\nin \\ two lines.
# TYPE a counter
a_total{how="with \"quotes\", \\ and\nlines"} 2
a_total 1.5
# HELP b Measures.
# TYPE b gauge
b 0
# HELP c_seconds Lasts.
# TYPE c_seconds histogram
c_seconds_bucket{route="/a",le="0.25"} 1
c_seconds_bucket{route="/a",le="1.0"} 2
c_seconds_bucket{route="/a",le="+Inf"} 3
c_seconds_sum{route="/a"} 1.5
c_seconds_count{route="/a"} 3
# HELP d Has no sample.
# TYPE d gauge
# EOF
)");
}

BOOST_AUTO_TEST_CASE(text_has_the_full_names)
{
    auto const text = expose(families, exposition_form::text);
    BOOST_TEST(text.find("# TYPE a_total counter\n") != std::string::npos);
    BOOST_TEST(text.find("\nb 0\n") != std::string::npos);
    BOOST_TEST(text.find("# EOF") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(scraper_that_takes_open_metrics_gets_it)
{
    BOOST_TEST((wanted_form("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
                            "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1") == exposition_form::open_metrics));
    BOOST_TEST((wanted_form("*/*") == exposition_form::text));
    BOOST_TEST((wanted_form("") == exposition_form::text));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::observe
