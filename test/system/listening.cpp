#include "test/support/audit_log.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

/// Nobody listens on port 1, and the address is known without a look-up.
constexpr auto no_database = "host=127.0.0.1 port=1 dbname=none user=none";

std::string socket_path(std::string_view name)
{
    return "/tmp/bw-" + std::string{name} + "-" + std::to_string(::getpid());
}

finished bridgewatch(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
    return run(arguments);
}

/// One line, which ends.
bool is_one_line(std::string_view text)
{
    return text.size() > 1 && text.find('\n') == text.size() - 1;
}

std::vector<std::string> addresses_of(served const& server)
{
    std::vector<std::string> out;
    for (auto const& line : server.log_lines("listening"))
        out.emplace_back(line.at("address").as_string());
    return out;
}

struct usage_case {
    std::string_view name;
    std::vector<std::string> arguments;
    std::string_view mentions;
};

std::ostream& operator<<(std::ostream& out, usage_case const& c)
{
    return out << c.name;
}

usage_case const wrong_usage[] = {
    {"unknown command", {"sreve"}, "sreve"},
    {"unknown option", {"serve", "--lisen", "127.0.0.1:0"}, "--lisen"},
    {"not an address", {"serve", "--listen", "here"}, "--listen"},
    {"port out of range", {"serve", "--listen", "127.0.0.1:65536"}, "--listen"},
    {"not an address for health", {"serve", "--admin-listen", "here"}, "--admin-listen"},
    {"not a duration", {"serve", "--drain-timeout", "soon"}, "--drain-timeout"},
    {"negative duration", {"serve", "--request-timeout", "-1s"}, "--request-timeout"},
    {"not a number", {"serve", "--pool-size", "many"}, "--pool-size"},
    {"no connections", {"serve", "--pool-size", "0"}, "--pool-size"},
    {"not a network", {"serve", "--trusted-proxies", "10.0.0.0/99"}, "--trusted-proxies"},
    {"not a level", {"serve", "--log-level", "loud"}, "--log-level"},
    {"not a format", {"serve", "--log-format", "xml"}, "--log-format"},
    {"not a choice", {"serve", "--member-access", "all"}, "--member-access"},
    {"option twice", {"serve", "--threads", "1", "--threads", "2"}, "--threads"},
    {"argument that nobody expects", {"serve", "now"}, "now"},
    {"no value", {"serve", "--listen"}, "--listen"},
    {"not a schema", {"migrate", "--schema", "half"}, "--schema"},
    {"not a number of rows", {"seed", "--interceptions", "-1"}, "--interceptions"},
    {"no query", {"explain"}, "QUERY"},
    {"no user", {"token"}, "--username"},
    {"not an address to ask", {"health", "--listen", "here"}, "--listen"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(listening)

BOOST_AUTO_TEST_CASE(port_in_use_is_one_line_and_status_1)
{
    served const server{no_database};
    auto const second = bridgewatch({"serve", "--database-url", no_database, "--listen", server.address()});
    BOOST_TEST(second.status.code == 1);
    BOOST_TEST(is_one_line(second.errors), second.errors);
    BOOST_TEST(second.errors.find(server.address() + ": address already in use") != std::string::npos, second.errors);
    BOOST_TEST(second.output.empty());
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
}

BOOST_AUTO_TEST_CASE(health_port_in_use_is_one_line_and_status_1)
{
    served const server{no_database};
    auto const second = bridgewatch(
        {"serve", "--database-url", no_database, "--listen", "127.0.0.1:0", "--admin-listen", server.address()});
    BOOST_TEST(second.status.code == 1);
    BOOST_TEST(is_one_line(second.errors), second.errors);
    BOOST_TEST(second.errors.find(server.address()) != std::string::npos, second.errors);
}

BOOST_AUTO_TEST_CASE(address_of_another_machine_is_one_line_and_status_1)
{
    auto const refused = bridgewatch({"serve", "--database-url", no_database, "--listen", "192.0.2.1:8080"});
    BOOST_TEST(refused.status.code == 1);
    BOOST_TEST(is_one_line(refused.errors), refused.errors);
    BOOST_TEST(refused.errors.find("192.0.2.1:8080") != std::string::npos, refused.errors);
}

BOOST_AUTO_TEST_CASE(unix_socket_serves_and_is_removed)
{
    auto const path = socket_path("unix");
    audit_log const log;
    {
        served const server{log.conninfo(), {"--listen", "unix:" + path}};
        BOOST_TEST_REQUIRE(server.ready());
        BOOST_TEST(server.address() == "unix:" + path);
        BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
        auto const second = bridgewatch({"serve", "--database-url", no_database, "--listen", "unix:" + path});
        BOOST_TEST(second.status.code == 1);
        BOOST_TEST(is_one_line(second.errors), second.errors);
    }
    BOOST_TEST(!fs::exists(path));
}

BOOST_AUTO_TEST_CASE(unix_socket_of_a_killed_server_is_replaced)
{
    auto const path = socket_path("stale");
    {
        served killed{no_database, {"--listen", "unix:" + path}};
        killed.program().send(SIGKILL);
        BOOST_TEST_REQUIRE(killed.program().wait(waits::limit).has_value());
    }
    BOOST_TEST_REQUIRE(fs::exists(path));
    served const server{no_database, {"--listen", "unix:" + path}};
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
}

BOOST_AUTO_TEST_CASE(file_in_the_way_of_a_unix_socket_is_left_alone)
{
    auto const path = socket_path("file");
    std::ofstream{path} << "mine";
    auto const refused = bridgewatch({"serve", "--database-url", no_database, "--listen", "unix:" + path});
    BOOST_TEST(refused.status.code == 1);
    BOOST_TEST(is_one_line(refused.errors), refused.errors);
    BOOST_TEST(fs::file_size(path) == 4U);
    fs::remove(path);
}

BOOST_AUTO_TEST_CASE(every_listener_serves)
{
    auto const path = socket_path("several");
    audit_log const log;
    served const server{log.conninfo(), {"--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--listen", "unix:" + path}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const addresses = addresses_of(server);
    BOOST_TEST_REQUIRE(addresses.size() == 3U);
    for (auto const& address : {addresses.front(), addresses.back()})
        BOOST_TEST(fetch(address, interceptions_path, as_owner()).status == 200);
    auto const health = bridgewatch({"health", "--listen", addresses.at(1)});
    BOOST_TEST(health.status.code == 0);
    BOOST_TEST(health.output.find("ready") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(health_has_a_port_of_its_own_where_asked)
{
    audit_log const log;
    served const server{log.conninfo(), {"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}};
    auto const admin = addresses_of(server).back();
    BOOST_TEST(eventually(waits::limit, [&] { return fetch(admin, "/readyz").status == 200; }));
    BOOST_TEST(fetch(admin, "/livez").status == 200);
    BOOST_TEST(fetch(admin, interceptions_path, as_owner()).status == 404);
    BOOST_TEST(fetch(server.address(), "/readyz").status == 404);
    BOOST_TEST(fetch(server.address(), "/livez").status == 404);
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
    BOOST_TEST(bridgewatch({"health", "--admin-listen", admin}).status.code == 0);
    BOOST_TEST(bridgewatch({"health", "--listen", server.address()}).status.code == 1);
}

BOOST_AUTO_TEST_CASE(health_of_a_server_without_its_database_says_why)
{
    served const server{no_database};
    auto const health = bridgewatch({"health", "--listen", server.address()});
    BOOST_TEST(health.status.code == 1);
    BOOST_TEST((health.output + health.errors).find("database") != std::string::npos);
}

BOOST_DATA_TEST_CASE(wrong_usage_is_one_line_and_status_2, bdata::make(wrong_usage), c)
{
    auto const refused = bridgewatch(c.arguments);
    BOOST_TEST(refused.status.code == 2);
    BOOST_TEST(is_one_line(refused.errors), refused.errors);
    BOOST_TEST(refused.errors.find(c.mentions) != std::string::npos, refused.errors);
    BOOST_TEST(refused.output.empty());
}

BOOST_AUTO_TEST_CASE(version_says_what_it_was_built_from)
{
    auto const version = bridgewatch({"--version"});
    BOOST_TEST(version.status.code == 0);
    for (std::string_view const part : {"bridgewatch 0.", "commit", "clang", "Boost", "libpq"})
        BOOST_TEST(version.output.find(part) != std::string::npos, part << " is not in " << version.output);
}

BOOST_AUTO_TEST_CASE(help_shows_options_defaults_and_variables)
{
    for (std::string const command : {"serve", "migrate", "demo", "seed", "token", "explain", "health"}) {
        auto const help = bridgewatch({command, "--help"});
        BOOST_TEST(help.status.code == 0, command);
        BOOST_TEST(help.output.find("BRIDGEWATCH_") != std::string::npos, command);
        BOOST_TEST(help.output.find("default: ") != std::string::npos, command);
        BOOST_TEST(help.errors.empty(), help.errors);
        BOOST_TEST(bridgewatch({"--help"}).output.find("\n  " + command + " ") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(flag_beats_environment_beats_file)
{
    auto const file = socket_path("config");
    std::ofstream{file} << "log-format = nonsense\ndrain-timeout = soon\n";
    auto const asked = [&](std::vector<std::string> const& flags,
                           std::vector<std::pair<std::string, std::string>> const& environment) {
        std::vector<std::string> line{BRIDGEWATCH_BINARY, "serve", "--config", file,
                                      "--drain-timeout",  "5s",    "--listen", "192.0.2.1:1"};
        line.insert(line.end(), flags.begin(), flags.end());
        return run(line, environment);
    };
    BOOST_TEST(asked({}, {}).status.code == 2);                                   // the file's format is bad
    BOOST_TEST(asked({}, {{"BRIDGEWATCH_LOG_FORMAT", "text"}}).status.code == 1); // past the options: no such address
    BOOST_TEST(asked({"--log-format", "json"}, {{"BRIDGEWATCH_LOG_FORMAT", "xml"}}).status.code == 1);
    fs::remove(file);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
