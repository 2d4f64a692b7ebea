#include "test/support/audit_log.hpp"
#include "test/support/database_faults.hpp"
#include "test/support/load.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/json/object.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

/// More connections than loops, so that each loop is asked.
constexpr int connections = 24;

std::vector<int> statuses(std::string const& address, std::string_view target = interceptions_path)
{
    std::vector<int> out(connections);
    std::ranges::generate(out, [&] { return fetch(address, target, as_owner()).status; });
    return out;
}

bool all_are(std::vector<int> const& statuses, int wanted)
{
    return std::ranges::all_of(statuses, [wanted](int status) { return status == wanted; });
}

/// Every loop is ready and answers pages.
bool serves(std::string const& address)
{
    return all_are(statuses(address, "/readyz"), 200) && all_are(statuses(address), 200);
}

/// Waits until a request is in the database, where it waits for the held table.
void wait_until_asked(audit_log const& log)
{
    auto const asked = eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") > 0; });
    BOOST_TEST_REQUIRE(asked);
}

void expect_unavailable(http_answer const& answer)
{
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.headers.contains("retry-after"));
    BOOST_TEST(!answer.json().at("message").as_string().empty());
}

struct way_to_die {
    std::string_view name;
    stop_mode mode;
};

std::ostream& operator<<(std::ostream& out, way_to_die const& way)
{
    return out << way.name;
}

constexpr way_to_die ways_to_die[] = {{"SIGKILL of the postmaster", stop_mode::kill},
                                      {"immediate stop", stop_mode::immediate}};

} // namespace

BOOST_AUTO_TEST_SUITE(outage)

BOOST_AUTO_TEST_CASE(server_starts_without_its_database_and_finds_it_later)
{
    cluster database;
    audit_log const log{database};
    database.stop(stop_mode::immediate);
    served server{log.conninfo()};

    auto const ready = fetch(server.address(), "/readyz");
    BOOST_TEST(ready.status == 503);
    BOOST_TEST(ready.body.find("cannot be reached") != std::string::npos, ready.body);
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
    expect_unavailable(fetch(server.address(), interceptions_path, as_owner()));
    BOOST_TEST(fetch(server.address(), interceptions_path).status == 401);

    database.start();
    BOOST_TEST(eventually(waits::short_limit, [&] { return serves(server.address()); }));
}

BOOST_DATA_TEST_CASE(database_killed_in_the_middle_of_a_request, bdata::make(ways_to_die), way)
{
    cluster database;
    audit_log const log{database};
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    auto held = std::make_unique<held_pages>(log);
    auto cut_off = ask_aside(server.address(), std::string{interceptions_path}, {{"X-Request-Id", "cut-off"}});
    wait_until_asked(log);

    database.stop(way.mode);
    expect_unavailable(cut_off.get());
    auto const line = server.request_line("cut-off");
    BOOST_TEST(line.at("status").to_number<int>() == 503);
    BOOST_TEST(line.contains("error"));
    expect_unavailable(fetch(server.address(), interceptions_path, as_owner()));
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
    BOOST_TEST(fetch(server.address(), "/readyz").status == 503);
    held.reset();

    database.start();
    BOOST_TEST(eventually(waits::short_limit, [&] { return serves(server.address()); }));
}

BOOST_AUTO_TEST_CASE(terminated_idle_sessions_cost_no_request)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return serves(server.address()); }));
    for (int round = 0; round < 5; ++round) {
        log.terminate_sessions();
        auto const answered = statuses(server.address());
        BOOST_TEST(all_are(answered, 200));
    }
}

BOOST_AUTO_TEST_CASE(read_whose_sessions_are_terminated_is_asked_again_twice)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        auto cut_off = ask_aside(server.address(), std::string{interceptions_path}, {{"X-Request-Id", "terminated"}});
        for (int attempt = 0; attempt < 3; ++attempt) {
            wait_until_asked(log);
            log.terminate_sessions();
        }
        expect_unavailable(cut_off.get());
    }
    auto const line = server.request_line("terminated");
    BOOST_TEST(line.at("retried").as_string().find("57P01") != std::string::npos);
    BOOST_TEST(line.at("status").to_number<int>() == 503);
    BOOST_TEST(line.at("error").as_string().find("57P01") != std::string::npos);
    BOOST_TEST(all_are(statuses(server.address()), 200));
}

/// As the kernel does it when memory is short: no last words, and PostgreSQL restarts all its sessions.
BOOST_AUTO_TEST_CASE(read_whose_backend_is_killed_is_answered_after_recovery)
{
    cluster database;
    audit_log const log{database};
    served const server{log.conninfo(), {"--pool-timeout", "10s"}};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        auto cut_off = ask_aside(server.address(), std::string{interceptions_path}, {{"X-Request-Id", "killed"}});
        wait_until_asked(log);
        auto const backend = log.value("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
        BOOST_TEST_REQUIRE(!backend.empty());
        ::kill(std::stoi(backend), SIGKILL);
        auto const answer = cut_off.get();
        BOOST_TEST(answer.status == 200, answer.body << server.log());
    }
    BOOST_TEST(server.request_line("killed").contains("retried"));
    BOOST_TEST(eventually(waits::limit, [&] { return serves(server.address()); }));
}

BOOST_AUTO_TEST_CASE(terminations_under_load_are_503_and_nothing_else)
{
    audit_log const log;
    served const server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    load clients{server.address(), std::string{interceptions_path} + "?limit=5", as_owner(), 8};
    for (int round = 0; round < 20; ++round) {
        auto const wanted = clients.answered() + 20;
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return clients.answered() >= wanted; }));
        log.terminate_sessions();
    }
    clients.stop();
    for (auto const& failure : clients.failures())
        BOOST_TEST(failure.starts_with("503 "), failure);
    for (auto const& line : server.log_lines("request"))
        BOOST_TEST(line.at("status").to_number<int>() != 500, line);
    BOOST_TEST(all_are(statuses(server.address()), 200));
}

BOOST_AUTO_TEST_CASE(database_that_hangs_holds_nobody_longer_than_the_limits)
{
    constexpr std::chrono::milliseconds request_timeout{1500};
    cluster database;
    audit_log const log{database};
    served const server{log.conninfo(), {"--request-timeout", "1500ms", "--pool-timeout", "500ms"}};
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return serves(server.address()); }));
    {
        stopped_processes const hung{processes_of(log)};
        for (int i = 0; i < 4; ++i) {
            auto const start = std::chrono::steady_clock::now();
            auto const answer = fetch(server.address(), interceptions_path, as_owner());
            BOOST_TEST((answer.status == 503 || answer.status == 504), answer.body);
            BOOST_TEST((std::chrono::steady_clock::now() - start < request_timeout + waits::lateness));
            BOOST_TEST(fetch(server.address(), "/livez").status == 200);
        }
        // Connections that a request has just left count as busy until they are given up.
        BOOST_TEST(eventually(waits::limit, [&] { return fetch(server.address(), "/readyz").status == 503; }));
    }
    BOOST_TEST(eventually(waits::limit, [&] { return serves(server.address()); }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
