// Is what is no good request answered with the contract's error and closed, and does the server go on?
#include "test/integration/http_toy.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;
using namespace std::string_literals;
using namespace bridgewatch;
using namespace bridgewatch::test;

namespace {

struct bad_case {
    std::string_view name;
    std::string bytes;
    int status;
};

std::ostream& operator<<(std::ostream& out, bad_case const& one)
{
    return out << one.name;
}

bad_case const bad[] = {
    {"TLS hello", "\x16\x03\x01\x02\x01\x01\xfc", 400},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
    {"no host", "GET /hello HTTP/1.1\r\n\r\n", 400},
    {"two hosts", "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
    {"both lengths",
     "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"chunked, gzip", "POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n" + get("/smuggled"),
     400},
    {"identity", "POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n" + get("/smuggled"), 400},
    {"NUL", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s, 400},
    {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"long URL", get("/" + std::string(std::size_t{16} * 1024, 'a')), 414},
    {"endless URL", "GET /" + std::string(std::size_t{1024} * 1024, 'a'), 414},
    {"large header", get("/hello", "X: " + std::string(std::size_t{32} * 1024, 'a') + "\r\n"), 431},
    {"many headers",
     [] {
         std::string fields;
         for (auto i = 0; i < 10'000; ++i)
             fields += "a:\r\n";
         return get("/hello", fields);
     }(),
     431},
    {"body over its limit",
     "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n" + std::string(65'537, 'x'), 413},
    {"body refused before it is sent",
     "POST /hello HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n", 413},
};

http::limits const hasty{.header_timeout = std::chrono::milliseconds{60},
                         .request_timeout = std::chrono::milliseconds{200}};

} // namespace

BOOST_AUTO_TEST_SUITE(http_bad_input)

BOOST_DATA_TEST_CASE(gets_the_contracts_error_and_is_closed, bdata::make(bad), one)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(one.bytes);
    auto const got = client.receive();
    BOOST_TEST(got.status == one.status);
    BOOST_TEST(got.field("Connection") == "close");
    BOOST_TEST(got.field("Content-Type") == "application/json; charset=utf-8");
    BOOST_TEST(got.field("X-Request-Id").size() == 36U);
    BOOST_TEST(!boost::json::parse(got.body).at("message").as_string().empty());
    BOOST_TEST(client.is_closed());
    auto const seen = server.next_seen();
    BOOST_TEST(seen.target.empty());
    BOOST_TEST(seen.status == one.status);
    BOOST_TEST(ask(server, get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(good_requests_before_a_bad_one_are_answered)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(get("/hello") + "nonsense\r\n\r\n");
    BOOST_TEST(client.receive().status == 200);
    BOOST_TEST(client.receive().status == 400);
    BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(largest_head_that_fits_is_served)
{
    toy_server server;
    std::string const path = "/" + std::string(std::size_t{16} * 1024 - sizeof "GET / HTTP/1.1" + 1, 'a');
    std::string const host = "Host: x\r\n";
    std::string const field = "X: " + std::string(std::size_t{32} * 1024 - host.size() - 5, 'b') + "\r\n";
    BOOST_TEST(ask(server, get(path, field)).status == 200);
    BOOST_TEST(ask(server, get(path + "a", field)).status == 414);
    BOOST_TEST(ask(server, get(path, "a" + field)).status == 431);
}

BOOST_AUTO_TEST_CASE(truncated_request_is_dropped)
{
    toy_server server;
    raw_client client{server};
    client.connect().send("GET /hello HTTP/1.1\r\nHos");
    client.half_close();
    BOOST_TEST(client.is_closed());
    server.wait_for_open(0);
    BOOST_TEST(ask(server, get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(half_a_head_times_out_with_408)
{
    toy_server server{hasty};
    raw_client client{server};
    auto const got = client.connect().send("GET /hello HTTP/1.1\r\n").receive();
    BOOST_TEST(got.status == 408);
    BOOST_TEST(client.is_closed());
    BOOST_TEST(server.next_seen().ended == "timeout");
}

BOOST_AUTO_TEST_CASE(half_a_body_times_out_with_408)
{
    toy_server server{hasty};
    BOOST_TEST(ask(server, "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel").status == 408);
}

BOOST_AUTO_TEST_CASE(second_request_has_a_timeout_of_its_own)
{
    toy_server server{hasty};
    raw_client client{server};
    BOOST_TEST(client.connect().send(get("/hello")).receive().status == 200);
    BOOST_TEST(client.send("GET /hel").receive().status == 408);
    BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(idle_connection_is_closed_silently)
{
    toy_server server{{.idle_timeout = std::chrono::milliseconds{60}}};
    raw_client silent{server};
    BOOST_TEST(silent.connect().is_closed());
    raw_client served{server};
    BOOST_TEST(served.connect().send(get("/hello")).receive().status == 200);
    BOOST_TEST(served.is_closed());
}

BOOST_AUTO_TEST_CASE(client_that_does_not_read_is_cut)
{
    toy_server server{{.write_timeout = std::chrono::milliseconds{60}}};
    raw_client client{server};
    client.shrink_receive_buffer();
    client.connect().send(get("/big"));
    auto const seen = server.next_seen();
    BOOST_TEST(seen.ended == "write_failed");
    BOOST_TEST(seen.bytes_sent < 8U * std::size_t{1024} * 1024);
    server.wait_for_open(0);
}

BOOST_AUTO_TEST_SUITE_END()
