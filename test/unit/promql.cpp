#include "test/support/promql.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;
namespace bt = boost::test_tools;

namespace bridgewatch::test {
namespace {

constexpr std::string_view exposition = R"(# HELP http_requests_total Of {all} kinds.
# TYPE http_requests_total counter
http_requests_total{route="/a/{id}",status="200"} 3
http_requests_total{route="/b",status="404"} 0
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.1"} 1
wait_seconds_bucket{le="+Inf"} 1
wait_seconds_count 1
wait_seconds_sum 0.05
# TYPE lag_seconds gauge
# TYPE up gauge
up{host="first"} 1
)";

struct question {
    std::string_view name, expression, fault;
};

std::ostream& operator<<(std::ostream& out, question const& asked)
{
    return out << asked.name;
}

question const questions[] = {
    {"a metric", "up", ""},
    {"a metric without a sample", "lag_seconds > 1e3", ""},
    {"a metric that is not there", "sum(rate(ups[5m])) / up", "there is no ups"},
    {"a metric behind an operator", "up and on (host) down", "there is no down"},
    {"a metric behind labels", "sum by (le) (down)", "there is no down"},
    {"a histogram", "histogram_quantile(0.9, sum by (le) (rate(wait_seconds_bucket[5m])))", ""},
    {"a histogram without its suffix", "wait_seconds", "there is no wait_seconds"},
    {"a label's value", R"(http_requests_total{route="/a/{id}",job="x"} offset 5m)", ""},
    {"a label that is not there", R"(up{route="/b"})", "up has no label route"},
    {"a label of a metric without samples", R"(lag_seconds{host="first"})", "lag_seconds has no label host"},
    {"a value that is not there", R"(up{host="last"})", "up: no host is last"},
    {"a value that is excluded and not there", R"(up{host!="last"})", "up: no host is last"},
    {"a pattern", R"(http_requests_total{route=~"/a.*|/b"})", ""},
    {"a pattern with a branch for nothing", R"(http_requests_total{route=~"/a.*|/c"})",
     "http_requests_total: no route is /c"},
    {"a pattern with a group", R"re(http_requests_total{route=~"/(b|c)"})re", ""},
    {"a status that was not yet", R"(http_requests_total{status=~"5.."})", ""},
    {"labels to sum by", "sum without (host, instance) (up)", ""},
    {"labels to sum by that nothing has", "sum by (host, rute) (up)", "nothing here has a label rute"},
    {"a quotation mark in a value", R"(up{host=~"\"first\"|first"})", R"(up: no host is "first")"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(promql)

BOOST_DATA_TEST_CASE(what_is_not_exported_is_seen, bdata::make(questions), asked)
{
    auto const faults = promql::unknown(asked.expression, promql::exported(exposition));
    std::vector<std::string> expected;
    if (!asked.fault.empty())
        expected.emplace_back(asked.fault);
    BOOST_TEST(faults == expected, bt::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
