// Do the pods of deploy/kubernetes do what they are for? Each runs on this machine as it is rendered, in the image's
// root file system, with the files of its volumes, as the account of its securityContext.
#include "test/support/cluster.hpp"
#include "test/support/http_client.hpp"
#include "test/support/waits.hpp"
#include "test/system/manifest_tools.hpp"
#include "test/system/pod_box.hpp"
#include "test/system/rendered_parts.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace bridgewatch::test {
namespace {

using manifests::find;
using manifests::text;

/// A PostgreSQL that is reached by TCP, by who knows a password.
class guarded_database {
  public:
    guarded_database() : server_{parameters()}
    {
        auto const here = server_.conninfo("postgres");
        cluster::execute(here, "CREATE ROLE audit_owner LOGIN CREATEROLE PASSWORD 'owner''s secret'");
        cluster::execute(here, "CREATE DATABASE audit OWNER audit_owner");
    }

    /// The Secrets that deploy/kubernetes/README.md has one make.
    [[nodiscard]] cluster_secrets secrets() const
    {
        std::string const at = "@" + address_ + "/audit\n";
        return {{"bridgewatch-owner",
                 {{"database-url", "postgresql://audit_owner:owner%27s%20secret" + at},
                  {"pg_service.conf",
                   "[owner]\nhost=" + address_ + "\ndbname=audit\nuser=audit_owner\npassword=owner's secret\n"}}},
                {"bridgewatch-database",
                 {{"database-url", "postgresql://bridgewatch_reader:reader%27s%20secret" + at},
                  {"reader-password", "reader's secret"}}}};
    }

    [[nodiscard]] std::string value(std::string const& sql) const
    {
        return cluster::value(server_.conninfo("audit"), sql);
    }

  private:
    [[nodiscard]] cluster::parameters parameters() const
    {
        auto const rules = directory_.path() / "pg_hba.conf";
        std::ofstream{rules} << "local all all trust\nhost all all 127.0.0.0/8 scram-sha-256\n";
        return {{"listen_addresses", address_}, {"hba_file", rules.string()}};
    }

    /// All test programs use the same port.
    static std::string own_address()
    {
        auto const process = ::getpid();
        return "127.33." + std::to_string(process / 250 % 250 + 1) + "." + std::to_string(process % 250 + 1);
    }

    scratch_directory directory_;
    std::string address_ = own_address();
    cluster server_;
};

/// The pods of overlays/own-database before such a database.
struct deployment {
    guarded_database database;
    cluster_secrets secrets = database.secrets();
    boost::json::value objects = manifests::rendered_parts::of("overlays/own-database").objects();
    pod_box migrate = pod("Job", "bridgewatch-migrate");
    pod_box reader_role = pod("Job", "bridgewatch-reader-role");
    pod_box server = pod("Deployment", "bridgewatch");

    [[nodiscard]] pod_box pod(std::string_view kind, std::string_view name) const
    {
        return {objects, find(objects, kind, name).at_pointer("/spec/template/spec"), secrets};
    }
};

void succeeds(std::vector<std::string> const& command_line)
{
    auto const done = run(command_line);
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
}

/// The addresses in the log, in the order of the options.
std::vector<std::string> listening_at(std::string const& log)
{
    std::vector<std::string> out;
    std::istringstream lines{log};
    for (std::string line; std::getline(lines, line);)
        if (line.find("\"event\":\"listening\"") != std::string::npos)
            out.emplace_back(boost::json::parse(line).at("address").as_string());
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kubernetes_pods)

BOOST_AUTO_TEST_CASE(jobs_make_the_database_that_the_server_then_serves,
                     *boost::unit_test::precondition(has_containers))
{
    deployment const all;
    // In the wrong order the second fails, is tried again, and has done no harm.
    BOOST_TEST((run(all.reader_role.of_another_image()).status != exit_status{}));
    succeeds(all.migrate.of_image());
    for (int i = 0; i < 2; ++i)
        succeeds(all.reader_role.of_another_image());
    succeeds(all.migrate.of_image());
    auto const url = std::string{"--database-url-file=/run/secrets/bridgewatch/database-url"};
    succeeds(all.migrate.of_image_with({"seed", url, "--interceptions=200"}));
    auto const made = run(all.migrate.of_image_with({"token", url, "--username=root", "--role=owner"}));
    auto const token = made.output.substr(0, made.output.find('\n'));

    process server{all.server.of_image({{"BRIDGEWATCH_LISTEN", "127.0.0.1:0"},
                                        {"BRIDGEWATCH_ADMIN_LISTEN", "127.0.0.1:0"},
                                        {"BRIDGEWATCH_DRAIN_DELAY", "4s"}})};
    BOOST_TEST_REQUIRE(server.wait_for_text("\"event\":\"started\"", waits::limit), server.errors());
    auto const addresses = listening_at(server.errors());
    BOOST_TEST_REQUIRE(addresses.size() >= 2U);
    auto const& container =
        find(all.objects, "Deployment", "bridgewatch").at_pointer("/spec/template/spec/containers/0");
    for (auto const* probe : {"/startupProbe", "/livenessProbe", "/readinessProbe"})
        BOOST_TEST(
            eventually(
                waits::limit,
                [&] {
                    return fetch(addresses.back(), text(container, std::string{probe} + "/httpGet/path")).status == 200;
                }),
            probe);
    auto const page =
        fetch(addresses.front(), "/api/v2/aibridge/interceptions?limit=1", {{"Coder-Session-Token", token}});
    BOOST_TEST_REQUIRE(page.status == 200, page.body);
    BOOST_TEST(page.json().at("results").as_array().size() == 1U);

    ::kill(program_in_container(server), SIGTERM);
    BOOST_TEST(eventually(waits::limit, [&] { return fetch(addresses.back(), "/readyz").status == 503; }));
    BOOST_TEST(fetch(addresses.front(), "/api/v2/buildinfo").status == 200); // the delay is not over
    BOOST_TEST((server.wait(waits::limit) == exit_status{}));
}

BOOST_AUTO_TEST_CASE(role_may_select_what_is_read_and_nothing_else, *boost::unit_test::precondition(has_containers))
{
    deployment const all;
    succeeds(all.migrate.of_image());
    succeeds(all.reader_role.of_another_image());
    auto const may = [&all](std::string const& question) { return all.database.value("SELECT " + question) == "t"; };
    BOOST_TEST(may("has_column_privilege('bridgewatch_reader', 'users', 'email', 'SELECT')"));
    BOOST_TEST(may("has_column_privilege('bridgewatch_reader', 'api_keys', 'scopes', 'SELECT')"));
    BOOST_TEST(!may("has_table_privilege('bridgewatch_reader', 'api_keys', 'SELECT')")); // not all of its columns
    BOOST_TEST(all.database.value("SELECT count(*) FROM information_schema.column_privileges"
                                  " WHERE grantee = 'bridgewatch_reader' AND privilege_type <> 'SELECT'") == "0");
    BOOST_TEST(all.database.value("SELECT count(*) FROM information_schema.role_table_grants"
                                  " WHERE grantee = 'bridgewatch_reader' AND privilege_type <> 'SELECT'") == "0");
    BOOST_TEST(all.database.value("SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
                                  " FROM pg_roles WHERE rolname = 'bridgewatch_reader'") == "f");
    BOOST_TEST(all.database.value("SELECT count(*) FROM pg_auth_members"
                                  " WHERE member = 'bridgewatch_reader'::regrole") == "0");
}

BOOST_AUTO_TEST_CASE(server_without_its_database_lives_and_is_not_ready,
                     *boost::unit_test::precondition(has_containers))
{
    deployment const all;
    process server{
        all.server.of_image({{"BRIDGEWATCH_LISTEN", "127.0.0.1:0"}, {"BRIDGEWATCH_ADMIN_LISTEN", "127.0.0.1:0"}})};
    BOOST_TEST_REQUIRE(server.wait_for_text("\"event\":\"started\"", waits::limit), server.errors());
    auto const admin = listening_at(server.errors()).back();
    BOOST_TEST(fetch(admin, "/livez").status == 200);
    BOOST_TEST(fetch(admin, "/readyz").status == 503);
    BOOST_TEST(server.errors().find("reader's secret") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
