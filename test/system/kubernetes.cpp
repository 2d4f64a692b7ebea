// Would a cluster take what deploy/kubernetes has, do its parts fit together, and do its pods run as they are written?
#include "test/support/deploy_script.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/system/manifest_tools.hpp"
#include "test/system/rendered_parts.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

namespace json = boost::json;
using manifests::find;
using manifests::rendered_parts;
using manifests::text;
using manifests::texts;

constexpr char const* overlays[] = {"overlays/coder", "overlays/own-database", "overlays/with-monitoring"};

json::value const& parts(std::string const& folder)
{
    return rendered_parts::of(folder).objects();
}

} // namespace

BOOST_AUTO_TEST_SUITE(kubernetes)

BOOST_DATA_TEST_CASE(cluster_would_take_every_object, bdata::make(overlays), folder)
{
    auto const read = manifests::rendered(folder);
    BOOST_TEST(read.faults.empty(), read.faults);
    std::set<std::string> namespaces;
    for (auto const& each : read.value.as_array())
        namespaces.insert(text(each, "/metadata/namespace"));
    BOOST_TEST(namespaces.size() == 1U);
    BOOST_TEST(!namespaces.contains(""));
    for (auto const* kind : {"ServiceAccount", "ConfigMap", "Service", "Deployment", "PodDisruptionBudget",
                             "HorizontalPodAutoscaler", "NetworkPolicy"})
        BOOST_TEST(text(find(read.value, kind, "bridgewatch"), "/kind") == kind);
}

BOOST_AUTO_TEST_CASE(overlays_differ_in_what_they_are_for)
{
    auto const has_migration = [](std::string const& folder) {
        return std::ranges::any_of(parts(folder).as_array(), [](auto const& each) {
            return text(each, "/metadata/name") == "bridgewatch-migrate";
        });
    };
    BOOST_TEST(!has_migration("overlays/coder")); // whose tables are not ours
    BOOST_TEST(has_migration("overlays/own-database"));
    BOOST_TEST(has_migration("overlays/with-monitoring"));
    BOOST_TEST(text(find(parts("overlays/with-monitoring"), "ServiceMonitor", "bridgewatch"), "/kind") != "");
    for (auto const* folder : overlays)
        BOOST_TEST(text(find(parts(folder), "Job", "bridgewatch-reader-role"), "/kind") == "Job");
}

BOOST_DATA_TEST_CASE(secrets_are_files_and_never_here, bdata::make(overlays), folder)
{
    auto const all = json::serialize(parts(folder));
    BOOST_TEST(all.find("\"kind\":\"Secret\"") == std::string::npos);
    for (auto const* never : {"secretKeyRef", "envFrom", "postgresql://", "password="})
        BOOST_TEST(all.find(never) == std::string::npos, never);
    std::set<std::string> const known{"bridgewatch-database", "bridgewatch-owner"};
    for (auto const& pod : rendered_parts::of(folder).pods())
        for (auto const& volume : pod.at("volumes").as_array())
            if (volume.as_object().contains("secret")) {
                BOOST_TEST(known.contains(text(volume, "/secret/secretName")), text(volume, "/secret/secretName"));
                BOOST_TEST(text(volume, "/secret/defaultMode") == std::to_string(0440));
            }
}

BOOST_DATA_TEST_CASE(pods_may_do_next_to_nothing, bdata::make(overlays), folder)
{
    auto const account = find(parts(folder), "ServiceAccount", "bridgewatch");
    BOOST_TEST(text(account, "/automountServiceAccountToken") == "false");
    for (auto const& pod : rendered_parts::of(folder).pods()) {
        BOOST_TEST(text(pod, "/serviceAccountName") == "bridgewatch");
        BOOST_TEST(text(pod, "/automountServiceAccountToken") == "false");
        BOOST_TEST(text(pod, "/enableServiceLinks") == "false");
        BOOST_TEST(text(pod, "/securityContext/runAsNonRoot") == "true");
        BOOST_TEST(text(pod, "/securityContext/runAsUser") == "65532"); // the image's
        BOOST_TEST(text(pod, "/securityContext/fsGroup") == "65532");   // may read Secrets
        BOOST_TEST(text(pod, "/securityContext/seccompProfile/type") == "RuntimeDefault");
        for (auto const& container : pod.at("containers").as_array()) {
            BOOST_TEST(text(container, "/securityContext/allowPrivilegeEscalation") == "false");
            BOOST_TEST(text(container, "/securityContext/readOnlyRootFilesystem") == "true");
            BOOST_TEST((texts(container, "/securityContext/capabilities/drop") == std::vector<std::string>{"ALL"}));
            for (auto const* part :
                 {"/resources/requests/cpu", "/resources/requests/memory", "/resources/limits/memory"})
                BOOST_TEST(!text(container, part).empty(), part);
            for (auto const& mount : container.at("volumeMounts").as_array())
                BOOST_TEST(text(mount, "/readOnly") == "true");
        }
    }
}

BOOST_DATA_TEST_CASE(what_is_named_is_there, bdata::make(overlays), folder)
{
    auto const& all = parts(folder);
    auto const& pod_template = find(all, "Deployment", "bridgewatch").at("spec").at("template");
    auto const selects = [&](json::value const& by) {
        for (auto const& [name, value] : by.as_object())
            BOOST_TEST((pod_template.at("metadata").at("labels").as_object().at(name) == value), std::string{name});
        BOOST_TEST(!by.as_object().empty());
    };
    selects(find(all, "Deployment", "bridgewatch").at_pointer("/spec/selector/matchLabels"));
    selects(find(all, "Service", "bridgewatch").at_pointer("/spec/selector"));
    selects(find(all, "PodDisruptionBudget", "bridgewatch").at_pointer("/spec/selector/matchLabels"));
    selects(find(all, "NetworkPolicy", "bridgewatch").at_pointer("/spec/podSelector/matchLabels"));
    auto const& spread = pod_template.at_pointer("/spec/topologySpreadConstraints").as_array();
    BOOST_TEST(spread.size() == 2U);
    for (auto const& each : spread)
        selects(each.at_pointer("/labelSelector/matchLabels"));
    BOOST_TEST(text(find(all, "HorizontalPodAutoscaler", "bridgewatch"), "/spec/scaleTargetRef/name") == "bridgewatch");
    for (auto const& pod : rendered_parts::of(folder).pods())
        for (auto const& volume : pod.at("volumes").as_array())
            if (auto const map = text(volume, "/configMap/name"); !map.empty())
                BOOST_TEST(text(find(all, "ConfigMap", map), "/kind") == "ConfigMap");
}

BOOST_AUTO_TEST_CASE(ports_of_all_parts_are_those_that_the_program_listens_on)
{
    auto const& all = parts("overlays/with-monitoring");
    auto const& own = rendered_parts::of("overlays/with-monitoring");
    auto const& container = find(all, "Deployment", "bridgewatch").at_pointer("/spec/template/spec/containers/0");
    std::map<std::string, std::string> ports;
    for (auto const& port : container.at("ports").as_array())
        ports[text(port, "/name")] = text(port, "/containerPort");
    BOOST_TEST(own.option("listen") == "0.0.0.0:" + ports.at("http"));
    BOOST_TEST(own.option("admin-listen") == "0.0.0.0:" + ports.at("admin"));
    for (auto const* probe : {"/startupProbe", "/livenessProbe", "/readinessProbe"})
        BOOST_TEST(text(container, std::string{probe} + "/httpGet/port") == "admin");
    BOOST_TEST(text(container, "/startupProbe/httpGet/path") == "/livez");
    BOOST_TEST(text(container, "/livenessProbe/httpGet/path") == "/livez"); // a database that is away restarts nobody
    BOOST_TEST(text(container, "/readinessProbe/httpGet/path") == "/readyz");
    std::set<std::string> served;
    for (auto const& port : find(all, "Service", "bridgewatch").at_pointer("/spec/ports").as_array()) {
        BOOST_TEST(ports.contains(text(port, "/targetPort")));
        served.insert(text(port, "/name"));
    }
    BOOST_TEST(served.contains(text(find(all, "ServiceMonitor", "bridgewatch"), "/spec/endpoints/0/port")));
    // The alerts know the job by this name.
    BOOST_TEST(text(find(all, "ServiceMonitor", "bridgewatch"), "/spec/jobLabel") == "app.kubernetes.io/name");
    BOOST_TEST(text(find(all, "Service", "bridgewatch"), "/metadata/labels/app.kubernetes.io~1name") == "bridgewatch");
    BOOST_TEST(text(find(all, "NetworkPolicy", "bridgewatch"), "/spec/ingress/0/ports/0/port") == "http");
    BOOST_TEST(text(find(all, "NetworkPolicy", "bridgewatch-monitoring"), "/spec/ingress/0/ports/0/port") == "admin");
}

BOOST_DATA_TEST_CASE(every_option_is_one_of_the_program, bdata::make(overlays), folder)
{
    auto const known = manifests::options_of("serve");
    for (auto const& [name, value] : rendered_parts::of(folder).options())
        BOOST_TEST(known.contains("--" + name), name);
    for (auto const& pod : rendered_parts::of(folder).pods()) {
        auto const arguments = texts(pod, "/containers/0/args");
        if (!arguments.empty())
            BOOST_TEST(manifests::unknown_options(arguments) == std::vector<std::string>{},
                       boost::test_tools::per_element());
        for (auto const& container : pod.at("containers").as_array())
            BOOST_TEST((text(container, "/image") == "registry.example.com/bridgewatch:" + manifests::version_tag() ||
                        text(container, "/image").starts_with("docker.io/library/postgres:")),
                       text(container, "/image"));
    }
}

/// Pod deleted: endpoints go while preStop sleeps; SIGTERM: not ready, and still listening until who asks has seen it;
/// then what is at work ends, before the kubelet kills.
BOOST_AUTO_TEST_CASE(shutdown_is_in_step)
{
    auto const& own = rendered_parts::of("overlays/coder");
    auto const& pod = find(own.objects(), "Deployment", "bridgewatch").at_pointer("/spec/template/spec");
    auto const number = [&pod](std::string_view pointer) { return std::stoi(text(pod, pointer)); };
    auto const seconds = [&own](std::string const& option) {
        auto const value = own.option(option);
        BOOST_TEST_REQUIRE(value.ends_with('s'), option + " = " + value);
        return std::stoi(value);
    };
    auto const pre_stop = number("/containers/0/lifecycle/preStop/sleep/seconds");
    auto const until_seen =
        number("/containers/0/readinessProbe/periodSeconds") * number("/containers/0/readinessProbe/failureThreshold") +
        number("/containers/0/readinessProbe/timeoutSeconds");
    constexpr int margin = 5;
    BOOST_TEST(pre_stop >= 5);
    BOOST_TEST(seconds("drain-delay") >= until_seen);
    BOOST_TEST(seconds("drain-timeout") - seconds("drain-delay") >= seconds("request-timeout") + margin);
    BOOST_TEST(number("/terminationGracePeriodSeconds") >= pre_stop + seconds("drain-timeout") + margin);
}

BOOST_AUTO_TEST_CASE(update_and_scaling_leave_enough_pods_and_connections)
{
    auto const& own = rendered_parts::of("overlays/coder");
    auto const& deployment = find(own.objects(), "Deployment", "bridgewatch");
    auto const& scaler = find(own.objects(), "HorizontalPodAutoscaler", "bridgewatch");
    BOOST_TEST(text(deployment, "/spec/replicas").empty()); // each `apply` would undo the autoscaler
    BOOST_TEST(text(deployment, "/spec/strategy/rollingUpdate/maxUnavailable") == "0");
    auto const surge = std::stoi(text(deployment, "/spec/strategy/rollingUpdate/maxSurge"));
    auto const least = std::stoi(text(scaler, "/spec/minReplicas"));
    auto const most = std::stoi(text(scaler, "/spec/maxReplicas"));
    auto const evicted =
        std::stoi(text(find(own.objects(), "PodDisruptionBudget", "bridgewatch"), "/spec/maxUnavailable"));
    BOOST_TEST(least - evicted >= 1);
    BOOST_TEST(surge >= 1);
    // PostgreSQL's default is 100, of which it keeps three.
    BOOST_TEST((most + surge) * std::stoi(own.option("pool-size")) <= 97);
}

BOOST_AUTO_TEST_CASE(alerts_are_an_object_that_the_operator_takes)
{
    scratch_directory const directory;
    auto const file = directory.path() / "rule.yaml";
    std::ofstream{file} << deploy_script("prometheus/prometheus-rule.sh", {"--namespace", "bridgewatch"});
    auto const read = manifests::check("kubernetes", file);
    BOOST_TEST(read.faults.empty(), read.faults);
    auto const alerts = manifests::check("yaml", std::string{manifests::deploy} + "/prometheus/alerts.yml").value;
    BOOST_TEST(!alerts.at("groups").as_array().empty());
    BOOST_TEST((find(read.value, "PrometheusRule", "bridgewatch").at_pointer("/spec/groups") == alerts.at("groups")));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
