#include "test/support/audit_log.hpp"
#include "test/support/load.hpp"
#include "test/support/nginx.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bridgewatch::test {
namespace {

using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr milliseconds drain_timeout{5000};

std::unique_ptr<served> start(audit_log const& log, std::string const& listen)
{
    return std::make_unique<served>(log.conninfo(),
                                    std::vector<std::string>{"--listen", listen, "--drain-timeout", "5s"});
}

/// Ends it as an orchestrator does.
void expect_clean_end(served& server)
{
    server.program().send(SIGTERM);
    auto const status = server.program().wait(drain_timeout);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
    BOOST_TEST(server.log_lines("stopped").size() == 1U);
}

/// Waits until so many more requests have been answered.
bool moves_on(load const& clients, std::size_t requests)
{
    auto const wanted = clients.answered() + requests;
    return eventually(waits::long_limit, [&] { return clients.answered() >= wanted; });
}

std::string page_request()
{
    return "GET " + std::string{interceptions_path} +
           " HTTP/1.1\r\nHost: test\r\nCoder-Session-Token: " + std::string{owner_token} + "\r\n\r\n";
}

bool is_listening(std::string const& address)
{
    try {
        http_client const client{address};
        return true;
    } catch (std::runtime_error const&) {
        return false;
    }
}

bool is_draining(served const& server)
{
    return eventually(waits::limit, [&] { return server.log_lines("draining").size() == 1U; });
}

/// A connection on which a request is in the database.
http_client running_request(served const& server, audit_log const& log)
{
    http_client client{server.address()};
    client.send(page_request());
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 1; }));
    return client;
}

} // namespace

BOOST_AUTO_TEST_SUITE(drain)

BOOST_AUTO_TEST_CASE(rolling_restart_behind_nginx_fails_no_request)
{
    audit_log const log;
    auto first = start(log, "127.0.0.1:0");
    auto second = start(log, "127.0.0.1:0");
    BOOST_TEST_REQUIRE((first->ready() && second->ready()));
    nginx const proxy{{first->address(), second->address()}};
    load clients{proxy.address(), std::string{interceptions_path} + "?limit=25", as_owner(), 16};
    BOOST_TEST_REQUIRE(moves_on(clients, 200));
    for (auto* each : {&first, &second, &first}) {
        auto const address = (*each)->address();
        expect_clean_end(**each);
        BOOST_TEST(moves_on(clients, 50));
        *each = start(log, address);
        BOOST_TEST_REQUIRE((*each)->ready());
        BOOST_TEST(moves_on(clients, 200));
    }
    clients.stop();
    for (auto const& failure : clients.failures())
        BOOST_ERROR("failed: " + failure);
    BOOST_TEST(proxy.errors().find("prematurely closed") == std::string::npos, proxy.errors());
}

BOOST_AUTO_TEST_CASE(drain_delay_says_so_and_goes_on_serving)
{
    audit_log const log;
    served server{log.conninfo(), {"--drain-delay", "4s", "--drain-timeout", "10s"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const start = steady_clock::now();
    server.program().send(SIGTERM);
    BOOST_TEST_REQUIRE(is_draining(server));
    auto const ready = fetch(server.address(), "/readyz");
    BOOST_TEST(ready.status == 503);
    BOOST_TEST(ready.body.find("draining") != std::string::npos, ready.body);
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
    auto const page = fetch(server.address(), interceptions_path, as_owner());
    BOOST_TEST(page.status == 200);
    BOOST_TEST(!page.headers.contains("connection")); // whoever comes back is served again
    auto const status = server.program().wait(waits::limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
    BOOST_TEST((steady_clock::now() - start >= milliseconds{4000}));
}

BOOST_AUTO_TEST_CASE(request_in_flight_is_answered_and_its_connection_closed)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    http_client idle{server.address()};
    BOOST_TEST(idle.get("/livez").status == 200);
    std::optional<held_pages> held{log};
    auto client = running_request(server, log);
    server.program().send(SIGTERM);
    BOOST_TEST(idle.receive_all().empty());
    BOOST_TEST(eventually(waits::limit, [&] { return !is_listening(server.address()); }));
    BOOST_TEST(server.program().is_running());
    held.reset();
    auto const answer = client.receive();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.headers.at("connection") == "close");
    BOOST_TEST(client.receive_all().empty());
    auto const status = server.program().wait(waits::limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
}

BOOST_AUTO_TEST_CASE(stuck_request_is_cancelled_in_time_for_the_end)
{
    audit_log const log;
    constexpr milliseconds timeout{5000};
    served server{log.conninfo(), {"--drain-timeout", "5s"}};
    BOOST_TEST_REQUIRE(server.ready());
    held_pages const held{log};
    auto client = running_request(server, log);
    auto const start = steady_clock::now();
    server.program().send(SIGTERM);
    auto const answer = client.receive();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.headers.at("connection") == "close");
    auto const status = server.program().wait(waits::limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
    BOOST_TEST((steady_clock::now() - start <= timeout));
    BOOST_TEST(eventually(waits::short_limit, [&] { return log.sessions() == 0; }));
    auto const lines = server.log_lines("request");
    BOOST_TEST_REQUIRE(!lines.empty());
    BOOST_TEST(lines.back().at("ended").as_string() == "drain");
}

BOOST_AUTO_TEST_CASE(short_limit_is_for_requests_too)
{
    audit_log const log;
    served server{log.conninfo(), {"--drain-timeout", "1s"}};
    BOOST_TEST_REQUIRE(server.ready());
    held_pages const held{log};
    auto client = running_request(server, log);
    auto const start = steady_clock::now();
    server.program().send(SIGTERM);
    BOOST_TEST(client.receive().status == 503);
    BOOST_TEST((steady_clock::now() - start >= milliseconds{750}));
    auto const status = server.program().wait(waits::limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
}

BOOST_AUTO_TEST_CASE(drain_ends_though_the_database_is_away)
{
    cluster database;
    audit_log const log{database};
    auto server = start(log, "127.0.0.1:0");
    BOOST_TEST_REQUIRE(server->ready());
    database.stop(stop_mode::kill);
    // A backend may outlive its postmaster for a moment.
    BOOST_TEST(eventually(waits::limit,
                          [&] { return fetch(server->address(), interceptions_path, as_owner()).status == 503; }));
    expect_clean_end(*server);
}

BOOST_AUTO_TEST_CASE(second_signal_shortens_the_delay_only)
{
    audit_log const log;
    served server{log.conninfo(), {"--drain-delay", "60s", "--drain-timeout", "90s"}};
    BOOST_TEST_REQUIRE(server.ready());
    std::optional<held_pages> held{log};
    auto client = running_request(server, log);
    server.program().send(SIGTERM);
    BOOST_TEST_REQUIRE(is_draining(server));
    server.program().send(SIGINT);
    BOOST_TEST(eventually(waits::limit, [&] { return !is_listening(server.address()); }));
    held.reset();
    BOOST_TEST(client.receive().status == 200);
    auto const status = server.program().wait(waits::limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
