// Does deploy/compose describe a whole whose parts fit together?
#include "test/support/deploy_script.hpp"
#include "test/support/file_content.hpp"
#include "test/support/http_client.hpp"
#include "test/support/nginx.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/system/manifest_tools.hpp"

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using manifests::text;
using manifests::texts;

fs::path const folder = fs::path{BRIDGEWATCH_SOURCE_DIR} / "deploy/compose";

/// As docker-compose understands the file: variables put in, paths made absolute.
json::value const& understood()
{
    static auto const value = [] {
        auto const done = run({"docker-compose", "--file", (folder / "compose.yaml").string(), "config"});
        BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
        scratch_directory const directory;
        auto const file = directory.path() / "config.yaml";
        std::ofstream{file} << done.output;
        return manifests::check("yaml", file).value;
    }();
    return value;
}

json::object const& services()
{
    return understood().at("services").as_object();
}

constexpr std::string_view instances[] = {"bridgewatch-1", "bridgewatch-2"};

/// What stands behind "--name=" in a command line.
std::string option(std::vector<std::string> const& arguments, std::string const& name)
{
    for (auto const& each : arguments)
        if (each.starts_with("--" + name + "="))
            return each.substr(name.size() + 3);
    return {};
}

/// Of this machine, and where in the container: "/a/b:/c:ro", or a name for a volume.
struct mount {
    std::string from, to;
};

std::vector<mount> mounts(json::value const& service)
{
    std::vector<mount> out;
    for (auto const& each : texts(service, "/volumes")) {
        auto const colon = each.find(':');
        out.push_back({each.substr(0, colon), each.substr(colon + 1, each.find(':', colon + 1) - colon - 1)});
    }
    return out;
}

/// Where a file of this machine is seen in a container of this service; empty where it is not.
std::string seen_as(json::value const& service, fs::path const& file)
{
    for (auto const& [from, to] : mounts(service)) {
        if (file == from)
            return to;
        if (file.string().starts_with(from + "/"))
            return to + file.string().substr(from.size());
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(compose)

BOOST_AUTO_TEST_CASE(file_is_as_the_specification_has_it)
{
    auto const read = manifests::check("compose", folder / "compose.yaml");
    BOOST_TEST(read.faults.empty(), read.faults);
    std::set<std::string> names;
    for (auto const& [name, service] : services())
        names.emplace(name);
    BOOST_TEST((names == std::set<std::string>{"bridgewatch-1", "bridgewatch-2", "grafana", "migrate", "nginx",
                                               "postgres", "prometheus", "reader-role"}));
}

BOOST_AUTO_TEST_CASE(every_file_that_is_mounted_is_here)
{
    for (auto const& [name, service] : services())
        for (auto const& each : mounts(service))
            if (each.from.starts_with('/')) // else it is a volume
                BOOST_TEST(fs::exists(each.from), std::string{name} + " mounts " + each.from);
    auto const& build = services().at("migrate").at("build");
    BOOST_TEST(fs::path{text(build, "/context")} == fs::path{BRIDGEWATCH_SOURCE_DIR});
    BOOST_TEST(fs::exists(fs::path{text(build, "/context")} / text(build, "/dockerfile")));
}

BOOST_AUTO_TEST_CASE(commands_and_limits_are_those_of_the_program)
{
    std::vector<std::string> const none;
    BOOST_TEST(manifests::unknown_options(texts(services().at("migrate"), "/command")) == none,
               boost::test_tools::per_element());
    for (auto const& name : instances) {
        auto const& service = services().at(name);
        auto const command = texts(service, "/command");
        BOOST_TEST(manifests::unknown_options(command) == none, boost::test_tools::per_element());
        BOOST_TEST(text(service, "/image") == "bridgewatch:" + manifests::version_tag());
        BOOST_TEST(
            (texts(service, "/healthcheck/test") == std::vector<std::string>{"CMD", "/usr/bin/bridgewatch", "health"}));
        BOOST_TEST(std::stoi(text(service, "/stop_grace_period")) > std::stoi(option(command, "drain-timeout")));
        BOOST_TEST(option(command, "trusted-proxies") == text(understood(), "/networks/default/ipam/config/0/subnet"));
        BOOST_TEST(text(service, "/read_only") == "true");
        BOOST_TEST((texts(service, "/cap_drop") == std::vector<std::string>{"ALL"}));
    }
}

BOOST_AUTO_TEST_CASE(services_start_in_order)
{
    auto const waits_for = [](std::string_view who, std::string const& whom) {
        return text(services().at(who), "/depends_on/" + whom + "/condition");
    };
    BOOST_TEST(waits_for("migrate", "postgres") == "service_healthy");
    BOOST_TEST(waits_for("reader-role", "migrate") == "service_completed_successfully");
    for (auto const& name : instances) {
        BOOST_TEST(waits_for(name, "reader-role") == "service_completed_successfully");
        BOOST_TEST(waits_for("nginx", std::string{name}) == "service_healthy");
    }
}

BOOST_AUTO_TEST_CASE(role_is_made_as_on_kubernetes)
{
    auto const rendered = manifests::rendered("overlays/own-database");
    auto const& there = manifests::find(rendered.value, "Job", "bridgewatch-reader-role")
                            .at_pointer("/spec/template/spec/containers/0");
    auto const& here = services().at("reader-role");
    BOOST_TEST(texts(here, "/command") == texts(there, "/command"), boost::test_tools::per_element());
    for (auto const& variable : there.at("env").as_array())
        BOOST_TEST(text(here, "/environment/" + text(variable, "/name")) == text(variable, "/value"));
}

BOOST_AUTO_TEST_CASE(secrets_are_files_that_the_script_makes)
{
    scratch_directory const directory;
    auto const made = directory.path() / "secrets";
    deploy_script("compose/make-secrets.sh", {made.string()});
    std::set<std::string> named;
    for (auto const& [name, secret] : understood().at("secrets").as_object()) {
        fs::path const file{text(secret, "/file")};
        BOOST_TEST(file.parent_path() == folder / "secrets");
        named.insert(file.filename());
    }
    std::set<std::string> files;
    for (auto const& each : fs::directory_iterator{made}) {
        files.insert(each.path().filename());
        BOOST_TEST(
            ((each.status().permissions() & fs::perms::others_read) != fs::perms::none)); // other accounts, inside
    }
    BOOST_TEST((files == named));
    BOOST_TEST((fs::status(made).permissions() == fs::perms::owner_all)); // and outside none

    auto const owner = content(made / "owner_password");
    auto const reader = content(made / "reader_password");
    BOOST_TEST(owner.size() == 48U);
    BOOST_TEST(owner != reader);
    BOOST_TEST(content(made / "owner_database_url").find(":" + owner + "@postgres/") != std::string::npos);
    BOOST_TEST(content(made / "owner_service").find("\npassword=" + owner + "\n") != std::string::npos);
    BOOST_TEST(content(made / "database_url").find("bridgewatch_reader:" + reader + "@postgres/") != std::string::npos);

    auto const again = try_deploy_script("compose/make-secrets.sh", {made.string()});
    BOOST_TEST((again.status == exit_status{.code = 1}));
    BOOST_TEST(content(made / "owner_password") == owner);
}

/// The file of deploy/nginx, with the addresses that the container's sed puts in.
BOOST_AUTO_TEST_CASE(nginx_gives_requests_to_both_instances)
{
    auto const& service = services().at("nginx");
    fs::path const site = fs::path{BRIDGEWATCH_SOURCE_DIR} / "deploy/nginx/bridgewatch.conf";
    auto const command = texts(service, "/command").back();
    BOOST_TEST(command.find("sed -f " + seen_as(service, folder / "nginx.sed") + " " + seen_as(service, site) +
                            " > /etc/nginx/conf.d/default.conf") != std::string::npos,
               command);
    auto written = run({"sed", "-f", (folder / "nginx.sed").string(), site.string()}).output;
    BOOST_TEST(written.find("127.0.0.1") == std::string::npos, written);
    constexpr std::string_view listens = "listen 8080;";
    BOOST_TEST_REQUIRE(written.find(listens) != std::string::npos, written);
    written.replace(written.find(listens), listens.size(), "listen 127.0.0.1:8080;"); // which the test makes its own
    scratch_directory const directory;
    auto const file = directory.path() / "site.conf";
    std::ofstream{file} << written;
    // nginx looks names up when it starts.
    nginx const proxy{nginx::site{.file = file,
                                  .listen = "127.0.0.1:8080",
                                  .addresses = {"bridgewatch-1:8080", "bridgewatch-2:8080"}},
                      {"127.0.0.1:1", "127.0.0.1:2"}};
    BOOST_TEST(fetch(proxy.address(), "/livez").status == 502);
}

BOOST_AUTO_TEST_CASE(prometheus_scrapes_both_instances_and_finds_its_rules)
{
    auto const& service = services().at("prometheus");
    auto const file = folder / "prometheus.yml";
    BOOST_TEST(option(texts(service, "/command"), "config.file") == seen_as(service, file));
    // Rules are named relative to the file, and have to be in the same place in the container.
    auto const rules = fs::path{BRIDGEWATCH_SOURCE_DIR} / "deploy/prometheus/alerts.yml";
    BOOST_TEST(fs::path{seen_as(service, file)}.parent_path().parent_path() / "prometheus/alerts.yml" ==
               fs::path{seen_as(service, rules)});
    auto const checked = run({"promtool", "check", "config", file.string()});
    BOOST_TEST((checked.status == exit_status{}), checked.output + checked.errors);
    auto const read = manifests::check("yaml", file).value;
    BOOST_TEST((texts(read, "/scrape_configs/0/static_configs/0/targets") ==
                std::vector<std::string>{"bridgewatch-1:9090", "bridgewatch-2:9090"}));
    BOOST_TEST(text(read, "/scrape_configs/0/job_name") == "bridgewatch");
}

BOOST_AUTO_TEST_CASE(grafana_finds_prometheus_and_the_dashboards)
{
    auto const& service = services().at("grafana");
    BOOST_TEST(
        seen_as(service, folder / "grafana/datasources.yml").starts_with("/etc/grafana/provisioning/datasources/"));
    BOOST_TEST(
        seen_as(service, folder / "grafana/dashboards.yml").starts_with("/etc/grafana/provisioning/dashboards/"));
    auto const source = manifests::check("yaml", folder / "grafana/datasources.yml").value;
    BOOST_TEST(text(source, "/datasources/0/url") == "http://prometheus:9090");
    auto const provider = manifests::check("yaml", folder / "grafana/dashboards.yml").value;
    auto const dashboard = fs::path{BRIDGEWATCH_SOURCE_DIR} / "deploy/grafana/bridgewatch.json";
    BOOST_TEST(fs::exists(dashboard));
    BOOST_TEST(text(provider, "/providers/0/options/path") + "/bridgewatch.json" == seen_as(service, dashboard));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
