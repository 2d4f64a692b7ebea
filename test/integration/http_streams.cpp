// Does a body that is made piece by piece arrive as it was made, and is one that breaks off not taken for whole?
#include "test/integration/http_toy.hpp"
#include "test/support/decoded.hpp"
#include "test/support/http_client.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using namespace bridgewatch::test;
using namespace std::chrono_literals;

namespace {

http_headers accept(std::string const& coding)
{
    return coding.empty() ? http_headers{} : http_headers{{"Accept-Encoding", coding}};
}

std::string request_1_0(std::string_view path)
{
    return "GET " + std::string{path} + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
}

bool breaks_off(http_client& client)
{
    try {
        std::ignore = client.receive();
        return false;
    } catch (std::runtime_error const&) {
        return true;
    }
}

void check_ready(std::future<void>& done)
{
    BOOST_TEST_REQUIRE((done.wait_for(patience) == std::future_status::ready));
    done.get();
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_streams)

BOOST_DATA_TEST_CASE(body_arrives_as_it_was_made_and_the_next_request_too,
                     bdata::make({0, 1, 70'001, 5'000'000}) * bdata::make({"", "gzip", "zstd"}), size, coding)
{
    toy_server server;
    http_client client{server.address()};
    auto const path = "/stream/" + std::to_string(size);
    for (auto i = 0; i < 2; ++i) {
        auto const got = client.get(path, accept(coding));
        BOOST_TEST(got.headers.at("transfer-encoding") == "chunked");
        BOOST_TEST(got.headers.contains("content-length") == false);
        BOOST_TEST(got.headers.contains("content-encoding") == !std::string{coding}.empty());
        BOOST_TEST((decoded(coding, got.body) == toy_server::text(static_cast<std::size_t>(size))));
        auto const seen = server.next_seen();
        BOOST_TEST(seen.ended == "ok");
        BOOST_TEST(seen.bytes_sent > got.body.size());
    }
    BOOST_TEST(client.get("/hello").status == 200);
}

BOOST_DATA_TEST_CASE(head_gives_the_head_alone, bdata::make({"", "zstd"}), coding)
{
    toy_server server;
    http_client client{server.address()};
    auto const got = client.request("HEAD", "/stream/1000000", accept(coding));
    BOOST_TEST(got.headers.at("transfer-encoding") == "chunked");
    BOOST_TEST(got.headers.contains("content-encoding") == !std::string{coding}.empty());
    BOOST_TEST(client.get("/hello").body == R"({"hello":"world"})");
}

BOOST_AUTO_TEST_CASE(body_for_http_1_0_ends_with_the_connection)
{
    toy_server server;
    http_client client{server.address()};
    client.send(request_1_0("/stream/300000"));
    auto const all = client.receive_all();
    auto const end = all.find("\r\n\r\n");
    BOOST_TEST((all.substr(end + 4) == toy_server::text(300'000)));
    auto const head = all.substr(0, end);
    BOOST_TEST(head.find("Transfer-Encoding") == std::string::npos);
    BOOST_TEST(head.find("Content-Length") == std::string::npos);
    BOOST_TEST(head.ends_with("\r\nConnection: close"));
    BOOST_TEST(server.next_seen().ended == "ok");
}

BOOST_DATA_TEST_CASE(body_that_breaks_off_is_not_taken_for_whole,
                     bdata::make({"/stream-fails", "/stream-throws"}) * bdata::make({"", "gzip"}), path, coding)
{
    toy_server server;
    http_client client{server.address()};
    std::string const fields = std::string{coding}.empty() ? "" : "Accept-Encoding: gzip\r\n";
    client.send(get(path, fields));
    BOOST_TEST(breaks_off(client));
    auto const seen = server.next_seen();
    BOOST_TEST(seen.ended == "stream_failed");
    BOOST_TEST(seen.status == 200);
    BOOST_TEST(seen.error ==
               (std::string{path} == "/stream-fails" ? "failed by the source" : "unhandled: thrown by the source"));
    BOOST_TEST(fetch(server.address(), "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(body_that_breaks_off_for_http_1_0_ends_in_a_reset)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(request_1_0("/stream-fails"));
    BOOST_CHECK_THROW(client.receive_until_closed(), std::runtime_error);
    BOOST_TEST(server.next_seen().ended == "stream_failed");
}

BOOST_AUTO_TEST_CASE(piece_past_its_deadline_ends_the_stream)
{
    toy_server server{{.request_timeout = 60ms}};
    http_client client{server.address()};
    client.send(get("/stream-waits"));
    BOOST_TEST(breaks_off(client));
    BOOST_TEST(server.next_seen().ended == "timeout");
    server.wait_for_waiting(0);
    BOOST_TEST(fetch(server.address(), "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(deadline_is_that_of_a_piece_and_not_of_the_stream)
{
    // Longer than one request may take, since the client is slow; each piece is quick.
    toy_server server{{.request_timeout = 300ms}};
    raw_client client{server};
    client.shrink_receive_buffer();
    client.connect().send(get("/stream/9000000", "Connection: close\r\n"));
    std::this_thread::sleep_for(600ms);
    BOOST_TEST(client.receive_until_closed().ends_with("\r\n0\r\n\r\n"));
    BOOST_TEST(server.next_seen().ended == "ok");
}

BOOST_AUTO_TEST_CASE(stream_of_a_client_that_goes_away_is_cancelled)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(get("/stream-waits"));
    server.wait_for_waiting(1);
    client.close();
    server.wait_for_waiting(0);
    BOOST_TEST(server.next_seen().ended == "client_gone");
    server.wait_for_open(0);
    BOOST_TEST(fetch(server.address(), "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(client_that_does_not_read_is_cut_off)
{
    toy_server server{{.write_timeout = 100ms}};
    raw_client client{server};
    client.shrink_receive_buffer();
    client.connect().send(get("/stream/30000000"));
    BOOST_TEST(server.next_seen().ended == "write_failed");
    server.wait_for_open(0);
}

BOOST_AUTO_TEST_CASE(drain_lets_a_stream_finish)
{
    toy_server server;
    http_client client{server.address()};
    client.send(get("/stream-waits"));
    server.wait_for_waiting(1);
    auto drained = server.drain(patience);
    server.release();
    BOOST_TEST((client.receive().body == toy_server::text(100'000)));
    check_ready(drained);
    BOOST_TEST(server.next_seen().ended == "ok");
}

BOOST_AUTO_TEST_CASE(drain_cuts_a_stream_at_its_deadline)
{
    toy_server server;
    http_client client{server.address()};
    client.send(get("/stream-waits"));
    server.wait_for_waiting(1);
    auto drained = server.drain(50ms);
    BOOST_TEST(breaks_off(client));
    check_ready(drained);
    BOOST_TEST(server.next_seen().ended == "drain");
}

BOOST_AUTO_TEST_SUITE_END()
