#include "test/support/audit_log.hpp"
#include "test/support/breaking_proxy.hpp"
#include "test/support/database_faults.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

// A network between the program and its database that breaks, while clients go on asking.
namespace bridgewatch::test {
namespace {

using std::chrono::milliseconds;

constexpr int pool_size = 4;
constexpr milliseconds request_timeout{1000};

struct behind_a_network {
    explicit behind_a_network(std::string const& for_a_request = "1s", std::string const& for_the_pool = "500ms")
        : server{network.conninfo(),
                 {"--threads", "1", "--pool-size", std::to_string(pool_size), "--request-timeout", for_a_request,
                  "--pool-timeout", for_the_pool, "--max-requests-per-key", "100"}}
    {
        BOOST_TEST_REQUIRE(server.ready());
    }

    audit_log log;
    breaking_proxy network{log.conninfo()};
    served server;

    void expect_whole() const { BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size)); }
};

/// Where nothing is to run into a limit, however busy the machine.
struct behind_a_network_with_time : behind_a_network {
    behind_a_network_with_time() : behind_a_network{"15s", "10s"} {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(faults_of_network)

BOOST_FIXTURE_TEST_CASE(black_hole_costs_no_more_than_the_limits, behind_a_network)
{
    live_load clients{server};
    network.swallow();
    // Longer than a cancelled connection is waited for, so that new ones are tried, and hear nothing either.
    std::this_thread::sleep_for(milliseconds{4500});
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
    BOOST_TEST(fetch(server.address(), "/readyz").status != 200);
    network.pass();
    auto const back = until_it_serves(server);
    BOOST_TEST((back < milliseconds{2000}));
    BOOST_TEST(clients.goes_on());
    auto const seen = clients.end("black hole for 4.5 s", back);
    BOOST_TEST(seen.is_of({"503", "504"}));
    BOOST_TEST((seen.longest < request_timeout + waits::lateness));
    expect_whole();
}

/// Nothing tells the program that its connections lead nowhere.
BOOST_FIXTURE_TEST_CASE(half_open_connections_are_replaced_within_seconds, behind_a_network)
{
    live_load clients{server};
    network.forget_connections();
    auto const back = until_it_serves(server);
    BOOST_TEST((back < milliseconds{6000}));
    BOOST_TEST(clients.goes_on());
    auto const seen = clients.end("half-open connections", back);
    BOOST_TEST(seen.seen.contains("504"));
    BOOST_TEST(seen.is_of({"503", "504"}));
    BOOST_TEST((seen.longest < request_timeout + waits::lateness));
    expect_whole();
}

BOOST_FIXTURE_TEST_CASE(reset_connections_are_seen_by_no_client, behind_a_network_with_time)
{
    live_load clients{server};
    for (int round = 0; round < 5; ++round) {
        network.reset_connections();
        BOOST_TEST(clients.goes_on(200));
    }
    auto const seen = clients.end("RST on all connections, 5 times", until_it_serves(server));
    for (auto const& failure : seen.failures)
        BOOST_TEST(false, failure);
    BOOST_TEST(!server.log_lines("database_connection_closed").empty());
    expect_whole();
}

BOOST_FIXTURE_TEST_CASE(slow_network_is_slow_and_nothing_else, behind_a_network_with_time)
{
    auto const whole = fetch(server.address(), std::string{interceptions_path} + "?limit=5", as_owner());
    network.pass_slowly();
    auto const in_bytes = fetch(server.address(), std::string{interceptions_path} + "?limit=5", as_owner());
    BOOST_TEST(in_bytes.status == 200);
    BOOST_TEST(in_bytes.body == whole.body);
    live_load clients{server};
    BOOST_TEST(clients.goes_on(30));
    network.pass();
    auto const seen = clients.end("one byte at a time", until_it_serves(server));
    BOOST_TEST(seen.is_flawless());
    expect_whole();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
