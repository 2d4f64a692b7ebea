#include "test/support/audit_log.hpp"
#include "test/support/database_faults.hpp"
#include "test/support/served.hpp"
#include "test/support/standby.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

// A primary and its streaming standby as the two hosts of one service, while clients go on asking.
namespace bridgewatch::test {
namespace {

using std::chrono::milliseconds;

constexpr int pool_size = 4;

struct two_hosts {
    cluster primary;
    audit_log log{primary};
    standby replica{primary, {"--max-delay", "0"}};
    std::string on_replica = replica.conninfo(cluster::keyword(log.conninfo(), "dbname"));

    two_hosts() { BOOST_TEST_REQUIRE(replica.caught_up()); }

    [[nodiscard]] std::string hosts(std::string const& first, std::string const& second,
                                    std::string_view attributes) const
    {
        return "host='" + cluster::keyword(first, "host") + "," + cluster::keyword(second, "host") +
               "' port=5432 dbname='" + cluster::keyword(log.conninfo(), "dbname") + "' user='" +
               std::string{cluster::superuser} + "' target_session_attrs=" + std::string{attributes};
    }

    [[nodiscard]] std::vector<std::string> options() const
    {
        return {"--threads",
                "1",
                "--pool-size",
                std::to_string(pool_size),
                "--pool-timeout",
                "10s",
                "--max-requests-per-key",
                "100"};
    }
};

void expect_flawless(experience const& clients)
{
    for (auto const& failure : clients.failures)
        BOOST_TEST(false, failure);
}

} // namespace

BOOST_AUTO_TEST_SUITE(failover)

BOOST_FIXTURE_TEST_CASE(promoted_standby_takes_over_and_no_client_sees_it, two_hosts)
{
    served const server{hosts(log.conninfo(), on_replica, "read-write"), options()};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    primary.stop(stop_mode::kill);
    BOOST_TEST(cluster::value(on_replica, "SELECT pg_promote()") == "t");
    auto const back = until_it_serves(server);
    BOOST_TEST(clients.goes_on());
    expect_flawless(clients.end("failover, target_session_attrs=read-write", back));
    BOOST_TEST(pool_is_whole(server, on_replica, pool_size, 2 * pool_size));
}

BOOST_FIXTURE_TEST_CASE(standby_answers_at_once_where_any_host_will_do, two_hosts)
{
    served const server{hosts(log.conninfo(), on_replica, "any"), options()};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    primary.stop(stop_mode::kill);
    auto const back = until_it_serves(server);
    BOOST_TEST((back < milliseconds{2000}));
    BOOST_TEST(clients.goes_on());
    expect_flawless(clients.end("primary gone, target_session_attrs=any", back));
    BOOST_TEST(cluster::value(on_replica, "SELECT pg_promote()") == "t");
    BOOST_TEST(pool_is_whole(server, on_replica, pool_size, 2 * pool_size));
}

/// It refuses nobody, and answers nobody.
BOOST_FIXTURE_TEST_CASE(host_that_hangs_is_left_for_the_other, two_hosts)
{
    served const server{hosts(log.conninfo(), on_replica, "any"),
                        {"--threads", "1", "--pool-size", std::to_string(pool_size), "--pool-timeout", "1s",
                         "--request-timeout", "2s", "--max-requests-per-key", "100"}};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    {
        stopped_processes const hung{processes_of(log)};
        auto const back = until_it_serves(server);
        BOOST_TEST((back < milliseconds{10000}));
        BOOST_TEST(clients.goes_on());
        auto const seen = clients.end("SIGSTOP of the first of two hosts", back);
        BOOST_TEST(seen.is_of({"503", "504"}));
        BOOST_TEST((seen.longest < milliseconds{2000} + waits::lateness));
    }
    BOOST_TEST(until_it_serves(server) < waits::limit);
}

BOOST_FIXTURE_TEST_CASE(conflicts_with_recovery_are_seen_by_no_client, two_hosts)
{
    served const server{hosts(on_replica, log.conninfo(), "any"), options()};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    auto const conflicts = [&] {
        return std::stoi(cluster::value(on_replica, "SELECT confl_snapshot + confl_lock FROM "
                                                    "pg_stat_database_conflicts WHERE datname = current_database()"));
    };
    // Each takes away what reads on the standby still see, and locks what they read.
    BOOST_TEST(eventually(waits::limit, [&] {
        log.execute("UPDATE aibridge_interceptions SET ended_at = ended_at");
        log.execute("VACUUM FULL aibridge_interceptions");
        BOOST_TEST(clients.goes_on(20));
        return conflicts() >= 3;
    }));
    BOOST_TEST_MESSAGE("conflicts: " << conflicts());
    expect_flawless(clients.end("conflicts with recovery", until_it_serves(server)));
    BOOST_TEST(replica.caught_up());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
