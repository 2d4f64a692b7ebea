#include "test/support/audit_log.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// A caller says how long an answer is of use to them (Request-Timeout), and nobody works for longer than that.
namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

std::string const page = std::string{interceptions_path} + "?count=none";

std::int64_t busy(audit_log const& log)
{
    return log.sessions("state <> 'idle'");
}

http_headers patient_for(std::string const& seconds, std::string const& id = "impatient")
{
    auto out = as_owner();
    out.emplace_back("Request-Timeout", seconds);
    out.emplace_back("X-Request-Id", id);
    return out;
}

struct timed_answer {
    http_answer answer;
    steady_clock::duration took;
};

timed_answer ask(served const& server, http_headers const& headers)
{
    auto const start = steady_clock::now();
    auto answer = fetch(server.address(), page, headers);
    return {.answer = std::move(answer), .took = steady_clock::now() - start};
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_timeout)

BOOST_AUTO_TEST_CASE(statement_ends_with_the_callers_patience)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        auto const got = ask(server, patient_for("0.8"));
        BOOST_TEST(got.answer.status == 504);
        BOOST_TEST((got.took < 800ms + waits::lateness));
        BOOST_TEST(eventually(1s, [&] { return busy(log) == 0; }));
    }
    // The server ended it by statement_timeout, in time to be heard: nothing had to be cancelled.
    BOOST_TEST(std::string{server.request_line("impatient").at("error").as_string()}.find("57014") !=
               std::string::npos);
    BOOST_TEST(server.log_lines("database_cancel_sent").empty());
    BOOST_TEST(fetch(server.address(), interceptions_path, patient_for("5")).status == 200);
}

BOOST_AUTO_TEST_CASE(wait_for_the_pool_ends_with_the_callers_patience)
{
    audit_log const log;
    served server{log.conninfo(), {"--threads", "1", "--pool-size", "1", "--pool-timeout", "60s"}};
    BOOST_TEST_REQUIRE(server.ready());
    std::future<http_answer> running;
    {
        held_pages const held{log};
        running = ask_aside(server.address(), page);
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 1; }));
        auto const got = ask(server, patient_for("0.6"));
        BOOST_TEST(got.answer.status == 503);
        BOOST_TEST(got.answer.headers.contains("retry-after"));
        BOOST_TEST((got.took > 400ms && got.took < 600ms + waits::lateness));
        BOOST_TEST(busy(log) == 1);
    }
    BOOST_TEST(running.get().status == 200);
    auto const waited = server.request_line("impatient").at("pool_wait_us").to_number<std::int64_t>();
    BOOST_TEST((waited > 400'000 && waited < 600'000), waited);
}

BOOST_AUTO_TEST_CASE(nobody_is_more_patient_than_the_server)
{
    audit_log const log;
    served server{log.conninfo(), {"--request-timeout", "600ms"}};
    BOOST_TEST_REQUIRE(server.ready());
    held_pages const held{log};
    auto const got = ask(server, patient_for("3600"));
    BOOST_TEST(got.answer.status == 504);
    BOOST_TEST((got.took < 600ms + waits::lateness));
}

BOOST_AUTO_TEST_CASE(patience_that_cannot_be_read_is_told)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    for (auto const* bad : {"0", "-1", "soon", "1s", "1e3"}) {
        auto const got = fetch(server.address(), interceptions_path, patient_for(bad));
        BOOST_TEST(got.status == 400, bad);
        BOOST_TEST(got.json().at("message").as_string() == "Request header has an invalid value.");
    }
    BOOST_TEST(fetch(server.address(), interceptions_path, patient_for("2.5")).status == 200);
}

/// Waits in the queue, and goes away.
void leave_while_waiting(served const& server, audit_log const& log, std::string_view target, std::string_view id)
{
    http_client client{server.address()};
    client.send("GET " + std::string{target} + " HTTP/1.1\r\nHost: test\r\nX-Request-Id: " + std::string{id} +
                "\r\nCoder-Session-Token: " + std::string{owner_token} + "\r\n\r\n");
    std::this_thread::sleep_for(waits::nothing_happens);
    BOOST_TEST(busy(log) == 1); // the one that it waits for
    client.close();
    auto const line = server.request_line(id, 1s);
    BOOST_TEST(line.at("ended").as_string() == "client_gone");
    BOOST_TEST(line.at("status").to_number<int>() == 499);
    BOOST_TEST(line.at("database_us").to_number<std::int64_t>() == 0); // nothing was done for it
}

BOOST_AUTO_TEST_CASE(who_leaves_while_waiting_for_the_pool_is_forgotten)
{
    audit_log const log;
    served server{log.conninfo(),
                  {"--threads", "1", "--pool-size", "1", "--pool-timeout", "60s", "--max-requests", "2"}};
    BOOST_TEST_REQUIRE(server.ready());
    std::future<http_answer> running;
    {
        held_pages const held{log};
        running = ask_aside(server.address(), page);
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 1; }));
        leave_while_waiting(server, log, page, "left");
        leave_while_waiting(server, log, page, "left-too"); // the place at the door is free again
    }
    BOOST_TEST(running.get().status == 200);
}

BOOST_AUTO_TEST_CASE(who_leaves_while_waiting_to_ask_an_expensive_question_is_forgotten)
{
    audit_log const log;
    served server{log.conninfo(), {"--threads", "1", "--pool-size", "4", "--pool-timeout", "60s"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const target = page + "&q=prompt:never";
    BOOST_TEST(fetch(server.address(), "/api/v2/aibridge/models", as_owner()).status == 200); // the key is known now
    std::future<http_answer> running;
    {
        held_pages const held{log};
        running = ask_aside(server.address(), target);
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 1; }));
        leave_while_waiting(server, log, target, "left");
    }
    BOOST_TEST(running.get().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
