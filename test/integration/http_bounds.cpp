#include "test/integration/http_toy.hpp"

#include <boost/test/unit_test.hpp>

// What is refused at the door, and what is answered all the same.
namespace bridgewatch::test {
namespace {

bool is_hello(std::string_view target)
{
    return target == "/hello";
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_bounds)

BOOST_AUTO_TEST_CASE(request_over_the_limit_gets_503_and_its_connection_goes_on)
{
    toy_server server{{.requests = 2}};
    raw_client first{server};
    raw_client second{server};
    first.connect().send(get("/wait"));
    second.connect().send(get("/wait"));
    server.wait_for_waiting(2);
    raw_client third{server};
    auto const refused = third.connect().send(get("/hello")).receive();
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.field("Retry-After") == "1");
    BOOST_TEST(refused.body.find("overloaded") != std::string::npos, refused.body);
    BOOST_TEST(server.next_trouble() == "requests_full 2");
    server.release();
    BOOST_TEST(first.receive().status == 200);
    BOOST_TEST(second.receive().status == 200);
    BOOST_TEST(third.send(get("/hello")).receive().status == 200);
}

BOOST_AUTO_TEST_CASE(vital_requests_are_answered_past_the_limit_of_requests)
{
    toy_server server{{.requests = 1, .is_vital = &is_hello}};
    raw_client busy{server};
    busy.connect().send(get("/wait"));
    server.wait_for_waiting(1);
    BOOST_TEST(ask(server, get("/hello")).status == 200);
    BOOST_TEST(ask(server, get("/text")).status == 503);
    server.release();
    BOOST_TEST(busy.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(vital_requests_are_answered_past_the_limit_of_connections)
{
    toy_server server{{.connections = 1, .is_vital = &is_hello}};
    raw_client open{server};
    BOOST_TEST(open.connect().send(get("/text")).receive().status == 200);
    raw_client vital{server};
    auto const got = vital.connect().send(get("/hello") + get("/hello")).receive();
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.field("Connection") == "close"); // one request is all it has
    BOOST_TEST(vital.is_closed());
    BOOST_TEST(ask(server, get("/text")).status == 503);
}

BOOST_AUTO_TEST_CASE(connection_over_the_limit_that_asks_nothing_is_soon_turned_away)
{
    toy_server server{{.connections = 1, .is_vital = &is_hello}};
    raw_client open{server};
    BOOST_TEST(open.connect().send(get("/text")).receive().status == 200);
    raw_client silent{server};
    BOOST_TEST(silent.connect().receive().status == 503);
    raw_client slow{server};
    BOOST_TEST(slow.connect().send("GET /hello HTTP/1.1\r\n").receive().status == 408);
}

BOOST_AUTO_TEST_CASE(callers_limit_counts_where_it_is_the_shorter_one)
{
    using namespace std::chrono_literals;
    toy_server server{{.request_timeout = 10s}};
    auto const start = std::chrono::steady_clock::now();
    BOOST_TEST(ask(server, get("/wait", "Request-Timeout: 0.2\r\n")).status == 504);
    BOOST_TEST((std::chrono::steady_clock::now() - start < 5s));
    toy_server strict{{.request_timeout = 200ms}};
    BOOST_TEST(ask(strict, get("/wait", "Request-Timeout: 3600\r\n")).status == 504);
    BOOST_TEST(ask(strict, get("/hello", "Request-Timeout:\r\n")).status == 200); // empty is absent
}

BOOST_AUTO_TEST_CASE(limit_that_cannot_be_read_is_400)
{
    toy_server server;
    raw_client client{server};
    auto const refused = client.connect().send(get("/hello", "request-timeout: soon\r\n")).receive();
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.body ==
               R"({"message":"Request header has an invalid value.","detail":"Request-Timeout must be a number of )"
               R"(seconds above 0, such as 2 or 0.25."})");
    BOOST_TEST(client.send(get("/hello")).receive().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
