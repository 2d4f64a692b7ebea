#include "test/support/audit_log.hpp"
#include "test/support/database_faults.hpp"
#include "test/support/pgbouncer.hpp"
#include "test/support/served.hpp"
#include "test/support/session.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Processes of the database that die, restart, hang or are too many, while clients go on asking.
namespace bridgewatch::test {
namespace {

using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr int pool_size = 4;

/// One loop, so that its pool can be looked at as a whole.
std::vector<std::string> one_loop(std::vector<std::string> more = {})
{
    more.insert(more.end(),
                {"--max-requests-per-key", "100", "--threads", "1", "--pool-size", std::to_string(pool_size)});
    return more;
}

/// A backend that is at work for the program, or about to be.
pid_t a_backend(audit_log const& log)
{
    return std::stoi(log.value("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND "
                               "application_name = 'bridgewatch' ORDER BY state = 'active' DESC, state_change DESC "
                               "LIMIT 1"));
}

std::size_t threads_of(pid_t pid)
{
    auto const tasks = std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/task"};
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

void expect_flawless(experience const& clients)
{
    for (auto const& failure : clients.failures)
        BOOST_TEST(false, failure);
}

} // namespace

BOOST_AUTO_TEST_SUITE(faults_of_processes)

/// As the kernel does it when memory is short: PostgreSQL then ends all sessions and recovers.
BOOST_AUTO_TEST_CASE(killed_backend_is_seen_by_no_client)
{
    cluster database;
    audit_log const log{database};
    served const server{log.conninfo(), one_loop({"--pool-timeout", "10s"})};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    ::kill(a_backend(log), SIGKILL);
    auto const back = until_it_serves(server);
    BOOST_TEST(clients.goes_on());
    expect_flawless(clients.end("kill -9 of a backend", back));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(terminated_sessions_are_seen_by_no_client)
{
    audit_log const log;
    served const server{log.conninfo(), one_loop()};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    for (int round = 0; round < 10; ++round) {
        cluster::execute(log.conninfo(), "SELECT pg_terminate_backend(" + std::to_string(a_backend(log)) + ")");
        BOOST_TEST(clients.goes_on());
    }
    expect_flawless(clients.end("pg_terminate_backend of one, 10 times", until_it_serves(server)));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(termination_of_all_sessions_is_seen_by_no_client)
{
    audit_log const log;
    served const server{log.conninfo(), one_loop()};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    for (int round = 0; round < 5; ++round) {
        log.terminate_sessions();
        BOOST_TEST(clients.goes_on(200)); // no request meets two of them
    }
    expect_flawless(clients.end("pg_terminate_backend of all, 5 times", until_it_serves(server)));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(count_beside_a_page_whose_session_ends_is_asked_again_with_its_page)
{
    constexpr int rows = 100;
    audit_log const log{cluster::shared(), rows};
    log.slow_each_row_down();
    cluster::grant_reading(log.conninfo());
    served const server{log.conninfo() + std::string{cluster::as_reader}, one_loop()};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log}; // opens all connections: counts run aside where there are some to spare
        std::vector<std::future<http_answer>> all;
        for (int i = 0; i < pool_size; ++i)
            all.push_back(ask_aside(server.address(), std::string{interceptions_path} + "?limit=1&count=none"));
        BOOST_TEST_REQUIRE(
            eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == pool_size; }));
    }
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("state = 'idle'") == pool_size; }));
    auto answer = ask_aside(server.address(), std::string{interceptions_path} + "?limit=1");
    std::string const counting = "wait_event = 'PgSleep' AND query LIKE '%count(*)%'";
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions(counting) == 1; }));
    BOOST_TEST(eventually(waits::limit, [&] { return log.sessions("state <> 'idle'") == 1; })); // the page is done
    cluster::execute(log.conninfo(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + counting);
    auto const got = answer.get();
    BOOST_TEST_REQUIRE(got.status == 200, got.body);
    BOOST_TEST(got.json().at("count").to_number<int>() == rows);
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

/// Many more clients than may wait where nothing is wrong.
BOOST_DATA_TEST_CASE(restart_within_the_patience_is_seen_by_no_client, boost::unit_test::data::make({false, true}),
                     is_killed)
{
    cluster database;
    audit_log const log{database};
    served const server{log.conninfo(), one_loop({"--pool-timeout", "60s", "--expensive-pool-size", "4"})};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server, 5};
    database.stop(is_killed ? stop_mode::kill : stop_mode::fast);
    database.start();
    auto const back = until_it_serves(server);
    BOOST_TEST(clients.goes_on());
    expect_flawless(clients.end(is_killed ? "kill -9 of the postmaster, and start" : "restart", back));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(killed_postmaster_is_waited_for_and_then_told)
{
    constexpr milliseconds patience{500};
    cluster database;
    audit_log const log{database};
    served const server{log.conninfo(), one_loop({"--pool-timeout", "500ms"})};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    database.stop(stop_mode::kill);
    auto const refused_at_once = [&] {
        auto const start = steady_clock::now();
        auto const status = fetch(server.address(), interceptions_path, as_owner()).status;
        return status == 503 && steady_clock::now() - start < patience / 2;
    };
    BOOST_TEST(eventually(patience + waits::lateness, refused_at_once));
    database.start();
    auto const back = until_it_serves(server);
    BOOST_TEST((back < milliseconds{2000}));
    BOOST_TEST(clients.goes_on());
    auto const seen = clients.end("kill -9 of the postmaster, away for longer than the patience", back);
    BOOST_TEST(seen.is_of({"503"}));
    BOOST_TEST((seen.longest < 2 * patience + waits::lateness));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(hung_server_costs_no_more_than_the_limits)
{
    constexpr milliseconds request_timeout{1000};
    cluster database;
    audit_log const log{database};
    served server{log.conninfo(), one_loop({"--request-timeout", "1s", "--pool-timeout", "500ms"})};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    auto const threads = threads_of(server.program().pid());
    {
        stopped_processes const hung{processes_of(log)};
        // Longer than a cancelled connection is waited for: PQcancel hangs as well.
        auto const until = steady_clock::now() + milliseconds{4500};
        while (steady_clock::now() < until) {
            auto const start = steady_clock::now();
            auto const answer = fetch(server.address(), interceptions_path, as_owner());
            BOOST_TEST((answer.status == 503 || answer.status == 504), answer.body);
            BOOST_TEST((steady_clock::now() - start < request_timeout + waits::lateness));
            BOOST_TEST(fetch(server.address(), "/livez").status == 200);
        }
        BOOST_TEST(threads_of(server.program().pid()) <= threads);
    }
    auto const back = until_it_serves(server);
    BOOST_TEST((back < milliseconds{2000}));
    BOOST_TEST(clients.goes_on());
    auto const seen = clients.end("SIGSTOP of all its processes for 4.5 s", back);
    BOOST_TEST(seen.is_of({"503", "504"}));
    BOOST_TEST((seen.longest < request_timeout + waits::lateness));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(hung_server_does_not_hold_up_the_end)
{
    cluster database;
    audit_log const log{database};
    served server{log.conninfo(), one_loop({"--request-timeout", "500ms", "--drain-timeout", "2s"})};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
    stopped_processes const hung{processes_of(log)};
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 504); // leaves a PQcancel behind
    server.program().send(SIGTERM);
    auto const status = server.program().wait(milliseconds{2000} + waits::lateness);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
}

BOOST_AUTO_TEST_CASE(clients_are_served_by_the_connections_that_exist)
{
    cluster database{{{"max_connections", "12"}, {"superuser_reserved_connections", "3"}}};
    audit_log const log{database};
    cluster::grant_reading(log.conninfo());
    auto const for_reader = log.conninfo() + std::string{cluster::as_reader};
    served const server{for_reader, one_loop()};
    BOOST_TEST_REQUIRE(server.ready());
    std::vector<pg::blocking_session> others;
    try {
        for (;;)
            others.push_back(open_session(for_reader + " application_name=others"));
    } catch (std::runtime_error const& full) {
        BOOST_TEST(std::string_view{full.what()}.find("remaining connection slots") != std::string_view::npos,
                   full.what());
    }
    BOOST_TEST(log.sessions() < pool_size);
    live_load clients{server};
    BOOST_TEST(clients.goes_on(500));
    BOOST_TEST(!server.log_lines("database_connect_failed").empty());
    others.clear();
    BOOST_TEST(clients.goes_on());
    expect_flawless(clients.end("max_connections reached", until_it_serves(server)));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(statement_cancelled_by_an_administrator_is_told_as_that)
{
    audit_log const log;
    served const server{log.conninfo(), one_loop()};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        auto page = ask_aside(server.address(), std::string{interceptions_path});
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 1; }));
        BOOST_TEST(log.value("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                             "datname = current_database()") == "t");
        auto const answer = page.get();
        BOOST_TEST(answer.status == 503);
        BOOST_TEST(answer.headers.contains("retry-after"));
        BOOST_TEST(answer.body.find("stopped by an administrator") != std::string::npos, answer.body);
    }
    live_load clients{server};
    for (int round = 0; round < 20; ++round) {
        log.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
                    "application_name = 'bridgewatch' AND state <> 'idle'");
        BOOST_TEST(clients.goes_on(10));
    }
    auto const seen = clients.end("pg_cancel_backend of all, 20 times", until_it_serves(server));
    BOOST_TEST(seen.is_of({"503"}));
    for (auto const& failure : seen.failures)
        BOOST_TEST(failure.find("stopped by an administrator") != std::string::npos, failure);
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(pooler_that_restarts_is_seen_by_no_client)
{
    audit_log const log;
    cluster::grant_reading(log.conninfo());
    pgbouncer pooler{log.conninfo() + std::string{cluster::as_reader}, pool_size};
    served const server{pooler.conninfo(), one_loop({"--prepared-statements", "off", "--pool-timeout", "10s"})};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    pooler.kill();
    pooler.start();
    auto const back = until_it_serves(server);
    BOOST_TEST(clients.goes_on());
    expect_flawless(clients.end("kill -9 and start of PgBouncer", back));
    BOOST_TEST(!server.log_lines("database_connection_closed").empty());
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_CASE(database_that_restarts_behind_a_pooler)
{
    cluster database;
    audit_log const log{database};
    cluster::grant_reading(log.conninfo());
    pgbouncer const pooler{log.conninfo() + std::string{cluster::as_reader}, pool_size};
    served const server{pooler.conninfo(), one_loop({"--prepared-statements", "off", "--pool-timeout", "10s"})};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    database.stop(stop_mode::fast);
    database.start();
    auto const back = until_it_serves(server);
    BOOST_TEST((back < milliseconds{4000})); // server_login_retry
    BOOST_TEST(clients.goes_on());
    BOOST_TEST(clients.end("restart behind PgBouncer", back).is_of({"503"}));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
