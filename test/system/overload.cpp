#include "test/support/audit_log.hpp"
#include "test/support/load.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bridgewatch::test {
namespace {

using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr milliseconds a_second{1000};

/// A unix socket belongs to one loop, which has half of the pool: two connections.
struct two_connections {
    explicit two_connections(std::string const& pool_timeout)
        : socket{"/tmp/bw-system-" + std::to_string(::getpid())},
          server{log.conninfo(),
                 {"--listen", "unix:" + socket, "--threads", "2", "--pool-size", "4", "--pool-timeout", pool_timeout,
                  "--max-requests-per-key", "100"}}
    {
        BOOST_TEST_REQUIRE(server.ready());
    }

    /// Requests that hold both connections until the pages are let go.
    std::vector<std::future<http_answer>> use_both()
    {
        std::vector<std::future<http_answer>> answers;
        answers.push_back(ask_aside(server.address(), path));
        answers.push_back(ask_aside(server.address(), path));
        BOOST_TEST_REQUIRE(eventually(waits::limit, [this] { return waiting() == 2; }));
        return answers;
    }

    [[nodiscard]] std::int64_t waiting() const { return log.sessions("wait_event_type = 'Lock'"); }

    std::string const path = std::string{interceptions_path} + "?count=none";
    std::string socket;
    audit_log log;
    served server;
};

/// Of the program's sessions, how many have a statement or a transaction open.
std::int64_t busy(audit_log const& log)
{
    return log.sessions("state <> 'idle'");
}

/// One loop, so that bounds are those that are given.
struct bounded_log {
    explicit bounded_log(std::vector<std::string> options) : server{log.conninfo(), with_one_loop(std::move(options))}
    {
        BOOST_TEST_REQUIRE(server.ready());
    }

    static std::vector<std::string> with_one_loop(std::vector<std::string> options)
    {
        options.insert(options.end(), {"--threads", "1", "--max-requests-per-key", "100"});
        return options;
    }

    /// Requests that hold so many connections until the pages are let go.
    [[nodiscard]] std::vector<std::future<http_answer>> ask_aside_until_waiting(int count) const
    {
        std::vector<std::future<http_answer>> out;
        for (int i = 0; i < count; ++i)
            out.push_back(ask_aside(server.address(), path));
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == count; }));
        return out;
    }

    /// Whoever comes is refused at once, whoever they are and whatever they ask; but for those who look after us.
    void check_door() const
    {
        constexpr std::size_t times = 21;
        std::vector<steady_clock::duration> took;
        http_client client{server.address()};
        for (std::size_t i = 0; i < times; ++i) {
            auto const start = steady_clock::now();
            auto const refused = client.get(path + "&q=(((", i % 2 == 0 ? as_owner() : http_headers{});
            took.push_back(steady_clock::now() - start);
            BOOST_TEST(refused.status == 503);
            BOOST_TEST(refused.headers.at("retry-after") == "1");
            BOOST_TEST(refused.body == R"({"message":"The service is overloaded. Please try again shortly."})");
        }
        std::ranges::sort(took);
        BOOST_TEST((took[times / 2] < milliseconds{50}));
        for (auto const* vital : {"/livez", "/readyz"})
            BOOST_TEST(client.get(vital).status == 200, vital);
    }

    std::string const path = std::string{interceptions_path} + "?count=none";
    audit_log log;
    served server;
};

} // namespace

BOOST_AUTO_TEST_SUITE(overload)

BOOST_AUTO_TEST_CASE(full_pool_is_waited_for_and_then_refused)
{
    two_connections at{"1500ms"};
    {
        held_pages const held{at.log};
        auto running = at.use_both();
        auto const start = steady_clock::now();
        auto const refused = ask_aside(at.server.address(), at.path, {{"X-Request-Id", "refused"}}).get();
        auto const took = steady_clock::now() - start;
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.headers.contains("retry-after"));
        BOOST_TEST((took >= milliseconds{1500} && took < milliseconds{1500} + waits::lateness));
        BOOST_TEST(fetch(at.server.address(), "/readyz").status == 200); // busy is not down
        BOOST_TEST(at.waiting() == 2);
    }
    BOOST_TEST(fetch(at.server.address(), at.path, as_owner()).status == 200);
    for (auto const& line : at.server.log_lines("request"))
        if (line.at("request_id").as_string() == "refused")
            BOOST_TEST(line.at("pool_wait_us").to_number<std::int64_t>() >= 1'500'000);
}

BOOST_AUTO_TEST_CASE(waiting_for_the_pool_pays_when_it_ends_in_time)
{
    two_connections at{"60s"};
    std::vector<std::future<http_answer>> running;
    {
        held_pages const held{at.log};
        running = at.use_both();
        for (int i = 0; i < 8; ++i)
            running.push_back(ask_aside(at.server.address(), at.path));
        std::this_thread::sleep_for(waits::nothing_happens);
        for (auto const& each : running)
            BOOST_TEST((each.wait_for(milliseconds{0}) == std::future_status::timeout));
    }
    for (auto& each : running)
        BOOST_TEST(each.get().status == 200);
}

BOOST_AUTO_TEST_CASE(statement_over_its_limit_is_504_and_really_ends)
{
    audit_log const log;
    served server{log.conninfo(), {"--statement-timeout", "400ms"}};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        auto const start = steady_clock::now();
        auto const answer = fetch(server.address(), interceptions_path, as_owner());
        auto const took = steady_clock::now() - start;
        BOOST_TEST(answer.status == 504);
        BOOST_TEST(answer.body.find("time limit") != std::string::npos, answer.body);
        BOOST_TEST((took >= milliseconds{400} && took < milliseconds{400} + waits::lateness));
        BOOST_TEST(eventually(a_second, [&] { return busy(log) == 0; }));
    }
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(request_over_its_limit_is_504_and_its_statement_ends)
{
    audit_log const log;
    served server{log.conninfo(), {"--request-timeout", "600ms"}};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        auto const start = steady_clock::now();
        auto const answer = fetch(server.address(), interceptions_path, as_owner());
        BOOST_TEST(answer.status == 504);
        BOOST_TEST((steady_clock::now() - start < milliseconds{600} + waits::lateness));
        BOOST_TEST(eventually(a_second, [&] { return busy(log) == 0; }));
    }
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(statement_of_a_client_that_went_away_ends_within_a_second)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        http_client client{server.address()};
        client.send("GET " + std::string{interceptions_path} + " HTTP/1.1\r\nHost: test\r\nX-Request-Id: left\r\n" +
                    "Coder-Session-Token: " + std::string{owner_token} + "\r\n\r\n");
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 1; }));
        client.close();
        BOOST_TEST(eventually(a_second, [&] { return busy(log) == 0; }));
    }
    BOOST_TEST(eventually(waits::limit, [&] {
        return std::ranges::any_of(server.log_lines("request"), [](auto const& line) {
            return line.at("request_id").as_string() == "left" && line.at("ended").as_string() == "client_gone";
        });
    }));
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(slow_exact_count_becomes_a_capped_one_and_the_page_is_whole)
{
    constexpr int rows = 400;
    audit_log const log{cluster::shared(), rows};
    log.slow_each_row_down();
    cluster::grant_reading(log.conninfo());
    served server{log.conninfo() + std::string{cluster::as_reader},
                  {"--exact-count-timeout", "400ms", "--count-cap", "20"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const start = steady_clock::now();
    auto const answer = fetch(server.address(), std::string{interceptions_path} + "?limit=3", as_owner());
    BOOST_TEST_REQUIRE(answer.status == 200);
    BOOST_TEST((steady_clock::now() - start < milliseconds{rows * 5}));
    auto const body = answer.json();
    BOOST_TEST(body.at("count").to_number<int>() == 20);
    BOOST_TEST(body.at("count_cap").to_number<int>() == 20);
    auto const& results = body.at("results").as_array();
    BOOST_TEST_REQUIRE(results.size() == 3U);
    for (auto const& each : results)
        BOOST_TEST(each.at("user_prompts").as_array().size() == 1U);

    log.execute("CREATE OR REPLACE FUNCTION seen_slowly() RETURNS boolean LANGUAGE sql AS 'SELECT true'");
    auto const exact = fetch(server.address(), std::string{interceptions_path} + "?limit=3", as_owner()).json();
    BOOST_TEST(exact.at("count").to_number<int>() == rows);
    BOOST_TEST(!exact.as_object().contains("count_cap"));
}

BOOST_AUTO_TEST_CASE(requests_past_their_bound_are_refused_at_once_and_health_goes_on)
{
    bounded_log const at{{"--pool-size", "2", "--max-requests", "2"}};
    std::vector<std::future<http_answer>> running; // ends after the pages are let go
    held_pages const held{at.log};
    running = at.ask_aside_until_waiting(2);
    at.check_door();
}

BOOST_AUTO_TEST_CASE(queue_past_its_bound_is_refused_at_once_and_health_goes_on)
{
    bounded_log const at{{"--pool-size", "2", "--pool-queue", "3", "--pool-timeout", "60s"}};
    std::vector<std::future<http_answer>> running; // ends after the pages are let go
    held_pages const held{at.log};
    running = at.ask_aside_until_waiting(2);
    for (int i = 0; i < 3; ++i)
        running.push_back(ask_aside(at.server.address(), at.path));
    BOOST_TEST(eventually(waits::limit, [&] { return fetch(at.server.address(), at.path).status == 503; }));
    at.check_door();
}

BOOST_AUTO_TEST_CASE(queue_for_room_past_its_bound_is_refused_at_once)
{
    constexpr int may_wait = 64;
    constexpr int too_many = 8;
    bounded_log const at{{"--max-buffered-bytes", "1KiB", "--pool-timeout", "60s"}}; // one page at a time
    std::vector<std::future<http_answer>> running;                                   // ends after the pages are let go
    {
        held_pages const held{at.log};
        running = at.ask_aside_until_waiting(1);
        for (int i = 0; i < may_wait + too_many; ++i)
            running.push_back(ask_aside(at.server.address(), at.path));
        auto const ended = [](auto const& one) { return one.wait_for(milliseconds{0}) == std::future_status::ready; };
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return std::ranges::count_if(running, ended) == too_many; }));
        auto const start = steady_clock::now();
        BOOST_TEST(fetch(at.server.address(), at.path, as_owner()).status == 503);
        BOOST_TEST((steady_clock::now() - start < a_second));
        for (auto const* vital : {"/livez", "/readyz"})
            BOOST_TEST(fetch(at.server.address(), vital).status == 200, vital);
    }
    int served = 0;
    for (auto& each : running)
        served += each.get().status == 200 ? 1 : 0;
    BOOST_TEST(served == 1 + may_wait);
}

BOOST_AUTO_TEST_CASE(health_is_told_past_the_bound_of_connections)
{
    audit_log const log;
    served const server{log.conninfo(), {"--max-connections", "2"}};
    BOOST_TEST_REQUIRE(server.ready());
    std::vector<std::unique_ptr<http_client>> open;
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { // those that asked for readiness may still be closing
        open.push_back(std::make_unique<http_client>(server.address()));
        return open.back()->get(interceptions_path, as_owner()).status == 503;
    }));
    for (auto const* vital : {"/livez", "/readyz"}) {
        auto const got = fetch(server.address(), vital);
        BOOST_TEST(got.status == 200, vital);
        BOOST_TEST(got.headers.at("connection") == "close");
    }
}

/// They need no token and are let in past every bound: the pool is asked for one of them at a time.
BOOST_AUTO_TEST_CASE(flood_of_probes_takes_nothing_from_the_api)
{
    audit_log const log;
    served const server{log.conninfo(),
                        {"--threads", "1", "--pool-size", "2", "--pool-queue", "4", "--max-requests", "16"}};
    BOOST_TEST_REQUIRE(server.ready());
    load probes{server.address(), "/readyz", {}, 48};
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return probes.answered() > 200; }));
    http_client client{server.address()};
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(client.get(interceptions_path, as_owner()).status == 200);
    probes.stop();
    for (auto const& what : probes.failures())
        BOOST_TEST(false, what);
}

BOOST_AUTO_TEST_CASE(port_for_health_has_connections_of_its_own)
{
    audit_log const log;
    served server{log.conninfo(), {"--max-connections", "1", "--admin-listen", "127.0.0.1:0"}};
    auto const addresses = server.log_lines("listening");
    BOOST_TEST_REQUIRE(addresses.size() == 2U);
    std::string const admin{addresses.back().at("address").as_string()};
    http_client only{server.address()};
    BOOST_TEST_REQUIRE(only.get("/openapi.json").status == 200);
    http_client probe{admin};
    for (int i = 0; i < 2; ++i)
        BOOST_TEST(probe.get("/livez").status == 200);
}

BOOST_AUTO_TEST_CASE(connection_too_many_is_turned_away_until_there_is_room)
{
    audit_log const log;
    served const server{log.conninfo(), {"--max-connections", "4"}};
    BOOST_TEST_REQUIRE(server.ready());
    std::vector<std::unique_ptr<http_client>> open;
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { // those that asked for readiness may still be closing
        auto client = std::make_unique<http_client>(server.address());
        if (client->get("/livez").status == 200)
            open.push_back(std::move(client));
        return open.size() == 4;
    }));
    http_client one_more{server.address()};
    auto const refused = one_more.get(interceptions_path, as_owner());
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.headers.contains("retry-after"));
    BOOST_TEST(refused.headers.at("connection") == "close");
    for (auto const& each : open)
        BOOST_TEST(each->get(interceptions_path, as_owner()).status == 200);
    open.pop_back();
    BOOST_TEST(eventually(waits::limit,
                          [&] { return fetch(server.address(), interceptions_path, as_owner()).status == 200; }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
