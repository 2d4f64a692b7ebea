// Does each request on a connection get its own whole answer, in order?
#include "test/integration/http_toy.hpp"
#include "test/support/scratch_directory.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <ostream>

#include <sys/un.h>

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using namespace bridgewatch::test;

namespace {

std::string const hello = R"({"hello":"world"})";

http::endpoint socket_in(scratch_directory const& directory)
{
    return {.host = {}, .port = 0, .unix_path = directory.path() / "s"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_exchange)

BOOST_AUTO_TEST_CASE(answer_is_complete)
{
    toy_server server;
    auto const got = ask(server, get("/hello", "X-Request-Id: mine\r\n"));
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.body == hello);
    BOOST_TEST(got.field("Content-Type") == "application/json; charset=utf-8");
    BOOST_TEST(got.field("X-Request-Id") == "mine");
    BOOST_TEST(got.field("Date").ends_with(" GMT"));
    BOOST_TEST(got.field("Connection").empty());
    auto const seen = server.next_seen();
    BOOST_TEST(seen.target == "/hello");
    BOOST_TEST(seen.request_id == "mine");
    BOOST_TEST(seen.remote == "127.0.0.1");
    BOOST_TEST(seen.ended == "ok");
    BOOST_TEST(seen.bytes_sent == got.head.size() + 4 + got.body.size());
}

BOOST_AUTO_TEST_CASE(bad_request_id_is_replaced)
{
    toy_server server;
    auto const got = ask(server, get("/hello", "X-Request-Id: not mine\r\n"));
    BOOST_TEST(got.field("X-Request-Id").size() == 36U);
    BOOST_TEST(server.next_seen().request_id == got.field("X-Request-Id"));
}

BOOST_AUTO_TEST_CASE(byte_by_byte)
{
    toy_server server;
    raw_client client{server};
    client.connect();
    for (auto const byte : get("/hello"))
        client.send({&byte, 1});
    BOOST_TEST(client.receive().body == hello);
}

BOOST_AUTO_TEST_CASE(three_pipelined_requests_are_answered_in_order)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(get("/hello", "X-Request-Id: 1\r\n") + get("/nothing", "X-Request-Id: 2\r\n") +
                          get("/hello", "X-Request-Id: 3\r\nConnection: close\r\n"));
    for (auto const* id : {"1", "2", "3"})
        BOOST_TEST(client.receive().field("X-Request-Id") == id);
    BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(pipelined_request_waits_for_the_running_one)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(get("/wait", "X-Request-Id: 1\r\n"));
    server.wait_for_waiting(1);
    client.send(get("/hello", "X-Request-Id: 2\r\n"));
    server.release();
    BOOST_TEST(client.receive().field("X-Request-Id") == "1");
    BOOST_TEST(client.receive().field("X-Request-Id") == "2");
}

BOOST_AUTO_TEST_CASE(head_has_the_length_and_no_body)
{
    toy_server server;
    raw_client client{server};
    client.connect().send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n" + get("/hello"));
    auto const head = client.receive(true);
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.field("Content-Length") == std::to_string(hello.size()));
    BOOST_TEST(client.receive().body == hello); // nothing stands between the two
}

struct keep_case {
    std::string_view name, request, connection;
    bool kept;
};

std::ostream& operator<<(std::ostream& out, keep_case const& one)
{
    return out << one.name;
}

keep_case const keeps[] = {
    {"1.1", "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "", true},
    {"1.1 close", "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "close", false},
    {"1.0", "GET /hello HTTP/1.0\r\n\r\n", "close", false},
    {"1.0 keep-alive", "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", true},
};

BOOST_DATA_TEST_CASE(connection_is_kept_by_the_rules, bdata::make(keeps), one)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(one.request);
    BOOST_TEST(client.receive().field("Connection") == one.connection);
    if (one.kept)
        BOOST_TEST(client.send(one.request).receive().body == hello);
    else
        BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(big_answer_arrives_whole_at_a_slow_reader)
{
    toy_server server;
    raw_client client{server};
    client.shrink_receive_buffer();
    client.connect().send(get("/big"));
    auto const got = client.receive();
    BOOST_TEST(got.body.size() == 8U * 1024 * 1024);
    BOOST_TEST(got.body.find_first_not_of('x') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(body_is_swallowed_and_continue_is_said)
{
    toy_server server;
    raw_client client{server};
    client.connect().send("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + get("/hello"));
    BOOST_TEST(client.receive().status == 200);
    BOOST_TEST(client.receive().status == 200);
    client.send("POST /hello HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    BOOST_TEST(client.receive().status == 100);
    BOOST_TEST(client.send("hello").receive().status == 200);
}

BOOST_AUTO_TEST_CASE(exception_of_the_handler_is_a_500_and_the_connection_lives)
{
    toy_server server;
    raw_client client{server};
    auto const got = client.connect().send(get("/throw", "X-Request-Id: mine\r\n")).receive();
    BOOST_TEST(got.status == 500);
    BOOST_TEST(got.body == R"({"message":"An internal error occurred. Please try again or contact the system )"
                           R"(administrator.","detail":"mine"})");
    BOOST_TEST(server.next_seen().error == "unhandled: thrown by the handler");
    BOOST_TEST(client.send(get("/hello")).receive().body == hello);
}

BOOST_AUTO_TEST_CASE(client_behind_a_trusted_proxy_is_logged)
{
    toy_server server{{}, {"127.0.0.0/8"}};
    std::string const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    std::ignore = ask(server, get("/hello", "X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\ntraceparent: " + trace + "\r\n"));
    auto const seen = server.next_seen();
    BOOST_TEST(seen.remote == "1.2.3.4");
    BOOST_TEST(seen.traceparent == trace);
}

BOOST_AUTO_TEST_CASE(unix_socket_serves_and_leaves_nothing)
{
    scratch_directory const directory;
    auto const at = socket_in(directory);
    {
        toy_server server{{}, {"unix:"}, at};
        BOOST_TEST(ask(server, get("/hello", "X-Forwarded-For: 1.2.3.4\r\n")).body == hello);
        BOOST_TEST(server.next_seen().remote == "1.2.3.4");
        boost::asio::io_context loop;
        auto const second = http::listener::open(loop, at);
        BOOST_TEST_REQUIRE(second.has_error());
        BOOST_TEST(second.error() == "cannot listen on unix:" + at.unix_path + ": address already in use");
    }
    BOOST_TEST(!std::filesystem::exists(at.unix_path));
}

BOOST_AUTO_TEST_CASE(stale_unix_socket_is_replaced_and_a_file_is_not)
{
    scratch_directory const directory;
    auto const at = socket_in(directory);
    {
        auto const left_over = ::socket(AF_UNIX, SOCK_STREAM, 0);
        BOOST_TEST_REQUIRE(left_over >= 0);
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        at.unix_path.copy(name.sun_path, sizeof name.sun_path - 1);
        BOOST_TEST_REQUIRE(::bind(left_over, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
        ::close(left_over);
        BOOST_TEST_REQUIRE(std::filesystem::exists(at.unix_path));
        toy_server server{{}, {}, at};
        BOOST_TEST(ask(server, get("/hello")).body == hello);
    }
    std::filesystem::create_directory(at.unix_path);
    boost::asio::io_context loop;
    BOOST_TEST(http::listener::open(loop, at).error() == "cannot listen on unix:" + at.unix_path + ": file exists");
    http::endpoint const long_one{.host = {}, .port = 0, .unix_path = std::string(108, 'x')};
    BOOST_TEST(http::listener::open(loop, long_one).error().ends_with("the path is longer than 107 bytes"));
}

BOOST_AUTO_TEST_CASE(port_in_use_is_one_line)
{
    toy_server const server;
    auto const line = http::listener::taken(server.at());
    BOOST_TEST_REQUIRE(line.has_value());
    BOOST_TEST(*line == "cannot listen on 127.0.0.1:" + std::to_string(server.at().port) + ": address already in use");
    BOOST_TEST(!http::listener::taken({.host = "127.0.0.1", .port = 0, .unix_path = {}}).has_value());
    boost::asio::io_context loop;
    BOOST_TEST(http::listener::open(loop, server.at()).has_value()); // as the other loops do
    auto const foreign = http::listener::open(loop, {.host = "192.0.2.1", .port = 1, .unix_path = {}});
    BOOST_TEST(foreign.error() == "cannot listen on 192.0.2.1:1: cannot assign requested address");
}

BOOST_AUTO_TEST_SUITE_END()
