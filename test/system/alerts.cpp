#include "test/support/deploy_script.hpp"
#include "test/support/http_client.hpp"
#include "test/support/prometheus.hpp"
#include "test/support/promql.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

// deploy/prometheus, in the eyes of Prometheus and its promtool. What the database says is in none of the names, so
// that a server without one has them all.
namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string const folder = BRIDGEWATCH_SOURCE_DIR "/deploy/prometheus";
constexpr auto nowhere = "host=127.0.0.1 port=1";

std::string name_of(json::object const& rule)
{
    return std::string{rule.at("name").as_string()};
}

std::string query_of(json::object const& rule)
{
    return std::string{rule.at("query").as_string()};
}

bool is_alert(json::object const& rule)
{
    return rule.at("type").as_string() == "alerting";
}

std::vector<json::object> const& rules()
{
    static auto const all = prometheus{{}}.rules();
    return all;
}

std::vector<json::object> alerting_rules()
{
    std::vector<json::object> out;
    std::ranges::copy_if(rules(), std::back_inserter(out), is_alert);
    BOOST_TEST_REQUIRE(out.size() > 20U);
    return out;
}

/// Our alerts, with another expression for each, in JSON, which is YAML.
std::string alerts_with(std::string_view expression)
{
    json::array out;
    for (auto const& alert : alerting_rules())
        out.push_back({{"alert", alert.at("name")},
                       {"expr", expression},
                       {"for", std::to_string(alert.at("duration").to_number<int>()) + "s"},
                       {"labels", alert.at("labels")}});
    return json::serialize(json::object{{"groups", json::array{{{"name", "all"}, {"rules", out}}}}});
}

/// promtool's tests of our alerts, once each has that expression.
class rules_under_test {
  public:
    explicit rules_under_test(std::string_view expression) : promtool_{command_line(expression)} {}

    /// What they find.
    [[nodiscard]] std::string complaints()
    {
        auto const status = promtool_.wait(waits::long_limit);
        BOOST_TEST_REQUIRE(status.has_value());
        BOOST_TEST(status->code != 0);
        return promtool_.output() + promtool_.errors();
    }

  private:
    std::vector<std::string> command_line(std::string_view expression)
    {
        fs::copy_file(folder + "/alerts_test.yml", directory_.path() / "alerts_test.yml");
        std::ofstream{directory_.path() / "alerts.yml"} << alerts_with(expression);
        return {"promtool", "test", "rules", (directory_.path() / "alerts_test.yml").string()};
    }

    scratch_directory directory_;
    process promtool_;
};

void passes(std::vector<std::string> const& command)
{
    auto const done = run(command);
    BOOST_TEST((done.status == exit_status{}), done.output << done.errors);
}

/// What a server exports, and what our rules record of it.
promql::samples known_names()
{
    served const server{nowhere};
    auto out = promql::exported(fetch(server.address(), "/metrics").body);
    out["up"]; // Prometheus' own
    for (auto const& rule : rules()) {
        if (is_alert(rule))
            continue;
        auto const from = promql::read(query_of(rule));
        auto& labels = out[name_of(rule)];
        for (auto const& label : from.labels)
            for (auto const& selector : from.selectors)
                if (auto const values = out[selector.metric].find(label); values != out[selector.metric].end())
                    labels[label].insert(values->second.begin(), values->second.end());
    }
    return out;
}

/// The bounds of the histogram that a rule's query is a quantile of.
std::set<double> bounds_of(std::string const& query, promql::samples const& known)
{
    std::set<double> out;
    for (auto const& selector : promql::read(query).selectors)
        for (auto const& bound : known.at(selector.metric).at("le"))
            out.insert(std::stod(bound));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(alerts)

BOOST_AUTO_TEST_CASE(promtool_has_nothing_to_complain_about)
{
    passes({"promtool", "check", "rules", "--lint=all", "--lint-fatal", folder + "/alerts.yml"});
    passes({"promtool", "check", "config", folder + "/prometheus.yml"});
    passes({"promtool", "test", "rules", folder + "/alerts_test.yml"});
}

BOOST_AUTO_TEST_CASE(each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not)
{
    rules_under_test always{"vector(1)"}, never{"vector(0) > 1"};
    auto const too_many = always.complaints(), missing = never.complaints();
    for (auto const& alert : alerting_rules()) {
        auto const name = name_of(alert);
        BOOST_TEST(too_many.find("alertname: " + name + ", time:") != std::string::npos,
                   name << " has no case in which it does not fire");
        BOOST_TEST(missing.find(R"(ALERTS{alertname=\")" + name + R"(\")") != std::string::npos,
                   name << " has no case in which it fires");
    }
}

BOOST_AUTO_TEST_CASE(each_alert_says_how_bad_it_is_and_where_to_read_on)
{
    std::set<std::string> const severities{"critical", "warning", "info"};
    std::set<std::string> names;
    for (auto const& alert : alerting_rules()) {
        auto const name = name_of(alert);
        BOOST_TEST(names.insert(name).second, name);
        BOOST_TEST(severities.contains(std::string{alert.at("labels").at("severity").as_string()}), name);
        auto const& says = alert.at("annotations").as_object();
        BOOST_TEST(!says.at("summary").as_string().empty());
        BOOST_TEST(!says.at("description").as_string().empty());
        auto anchor = name;
        std::ranges::transform(anchor, anchor.begin(), [](unsigned char c) { return std::tolower(c); });
        BOOST_TEST(says.at("runbook").as_string() == "deploy/RUNBOOK.md#" + anchor);
    }
}

BOOST_AUTO_TEST_CASE(rules_name_only_what_the_program_exports)
{
    auto const known = known_names();
    for (auto const& rule : rules())
        BOOST_TEST(name_of(rule) + ": " + boost::algorithm::join(promql::unknown(query_of(rule), known), "; ") ==
                   name_of(rule) + ": ");
}

BOOST_AUTO_TEST_CASE(operator_gets_the_same_rules)
{
    auto const made = deploy_script("prometheus/prometheus-rule.sh", {"--namespace", "coder", "--label", "release=x"});
    constexpr std::string_view head = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n"
                                      "  name: bridgewatch\n  namespace: coder\n  labels:\n"
                                      "    app.kubernetes.io/name: bridgewatch\n    release: \"x\"\nspec:\n";
    BOOST_TEST_REQUIRE(made.starts_with(head), made.substr(0, head.size()));
    std::ifstream file{folder + "/alerts.yml"};
    std::string const ours{std::istreambuf_iterator<char>{file}, {}};
    BOOST_TEST(std::regex_replace(made.substr(head.size()), std::regex{"(^|\n)  "}, "$1") == ours);
    BOOST_TEST(try_deploy_script("prometheus/prometheus-rule.sh", {"--label", "release"}).status.code == 2);
    BOOST_TEST(try_deploy_script("prometheus/prometheus-rule.sh", {"--namespace"}).status.code == 2);
}

// Between bounds a quantile is a guess, and past the last one it is never seen.
BOOST_AUTO_TEST_CASE(limits_of_quantiles_are_bounds_of_their_histograms)
{
    auto const known = known_names();
    std::map<std::string, std::string> quantiles;
    for (auto const& rule : rules())
        if (query_of(rule).starts_with("histogram_quantile"))
            quantiles.emplace(name_of(rule), query_of(rule));
    int compared = 0;
    std::regex const comparison{R"(([a-z0-9_:]+)(\{.*\})? > ([0-9.]+))"};
    for (auto const& alert : alerting_rules()) {
        std::smatch found;
        auto const query = query_of(alert);
        if (!std::regex_match(query, found, comparison) || !quantiles.contains(found[1]))
            continue;
        ++compared;
        BOOST_TEST(bounds_of(quantiles.at(found[1]), known).contains(std::stod(found[3])), query);
    }
    BOOST_TEST(compared == static_cast<int>(quantiles.size()));
}

BOOST_AUTO_TEST_CASE(prometheus_sees_a_database_that_is_away_and_a_server_that_is_gone)
{
    served server{nowhere};
    prometheus const watch{{server.address()}};
    std::vector<std::string> seen;
    auto const has = [&](std::string const& name) {
        seen = watch.alerts();
        return std::ranges::find(seen, name) != seen.end();
    };
    BOOST_TEST(eventually(waits::limit, [&] { return has("BridgewatchDatabaseDown"); }));
    BOOST_TEST(eventually(waits::limit, [&] { return has("BridgewatchNoneReady"); }));
    BOOST_TEST(eventually(waits::limit, [&] { return !has("BridgewatchInstanceDown"); }));
    server.program().send(SIGTERM);
    BOOST_TEST(eventually(waits::limit, [&] { return has("BridgewatchInstanceDown") && has("BridgewatchAbsent"); }));
    for (auto const& rule : watch.rules())
        BOOST_TEST(rule.at("health").as_string() == "ok", json::serialize(rule));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
