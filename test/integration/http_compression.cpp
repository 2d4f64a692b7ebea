// Does a body arrive as it was, in the coding that the client asked for, and does its head say so?
#include "lib/http/encoder.hpp"
#include "test/integration/http_toy.hpp"
#include "test/support/decoded.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <ostream>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using namespace bridgewatch::test;

namespace {

struct coded_case {
    std::string_view name, path, accepts, coding;
};

std::ostream& operator<<(std::ostream& out, coded_case const& one)
{
    return out << one.name;
}

coded_case const cases[] = {
    {"large, zstd", "/text", "zstd", "zstd"},
    {"large, gzip", "/text", "gzip", "gzip"},
    {"large, a browser", "/text", "gzip, deflate, br, zstd", "zstd"},
    {"large, others only", "/text", "br", ""},
    {"large, nothing said", "/text", "", ""},
    {"just above what is coded", "/sized/1025", "gzip", "gzip"},
    {"just not", "/sized/1024", "gzip", ""},
    {"small", "/hello", "zstd", ""},
    {"small, and identity is refused", "/hello", "zstd, identity;q=0", "zstd"},
    {"empty, and identity is refused", "/sized/0", "gzip, *;q=0", "gzip"},
    {"one piece", "/sized/262144", "zstd", "zstd"},
    {"a piece and a byte", "/sized/262145", "gzip", "gzip"},
};

std::string accept(std::string_view codings)
{
    return codings.empty() ? "" : "Accept-Encoding: " + std::string{codings} + "\r\n";
}

/// Without the fields that differ from answer to answer.
std::string stable_head(reply const& of)
{
    auto out = of.head;
    for (auto const* const field : {"Date", "X-Request-Id"}) {
        auto const start = out.find(std::string{"\r\n"} + field + ": ");
        out.erase(start, out.find("\r\n", start + 2) - start);
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_compression)

BOOST_DATA_TEST_CASE(body_arrives_as_it_was, bdata::make(cases), one)
{
    toy_server server;
    raw_client client{server};
    auto const plain = client.connect().send(get(one.path)).receive();
    auto const got = client.send(get(one.path, accept(one.accepts))).receive();
    BOOST_TEST(got.field("Content-Encoding") == one.coding);
    BOOST_TEST(got.field("Content-Length") == std::to_string(got.body.size()));
    BOOST_TEST(got.field("Vary") == "Accept-Encoding");
    BOOST_TEST(got.field("Cache-Control") == "no-store");
    BOOST_TEST((decoded(one.coding, got.body) == plain.body));
    BOOST_TEST(plain.field("Content-Encoding").empty());
    BOOST_TEST(plain.field("Vary") == "Accept-Encoding");
}

BOOST_DATA_TEST_CASE(head_gives_the_same_head, bdata::make(cases), one)
{
    toy_server server;
    raw_client client{server};
    auto const got = client.connect().send(get(one.path, accept(one.accepts))).receive();
    auto request = get(one.path, accept(one.accepts));
    request.replace(0, 3, "HEAD");
    BOOST_TEST(stable_head(client.send(request).receive(true)) == stable_head(got));
    BOOST_TEST(client.send(get("/hello")).receive().status == 200); // no body has followed
}

BOOST_AUTO_TEST_CASE(answers_that_are_compressed_at_one_time_do_not_mix)
{
    toy_server server;
    std::vector<std::unique_ptr<raw_client>> clients;
    for (auto i = 0; i < 12; ++i) {
        clients.push_back(std::make_unique<raw_client>(server));
        clients.back()->connect().send(get("/sized/" + std::to_string(3'000'000 + i), accept(i % 2 ? "gzip" : "zstd")));
    }
    for (auto i = 0U; i < clients.size(); ++i) {
        auto const got = clients[i]->receive();
        auto const body = decoded(i % 2 ? "gzip" : "zstd", got.body);
        BOOST_TEST(body.size() == 3'000'000 + i);
        BOOST_TEST((body == toy_server::text(3'000'000 + i)));
    }
}

BOOST_AUTO_TEST_CASE(more_answers_than_there_are_encoders_come_all_the_same)
{
    toy_server server;
    std::vector<std::unique_ptr<raw_client>> clients;
    constexpr auto most = http::encoder_shelf::most_lent + 16;
    for (std::size_t i = 0; i < most; ++i) {
        clients.push_back(std::make_unique<raw_client>(server));
        clients.back()->connect().send(get("/sized/2000000", accept("zstd")));
    }
    auto const whole = toy_server::text(2'000'000);
    for (auto const& client : clients) {
        auto const got = client->receive();
        BOOST_TEST((decoded(got.field("Content-Encoding"), got.body) == whole));
    }
}

BOOST_AUTO_TEST_CASE(errors_are_not_cached_either)
{
    toy_server server;
    for (auto const& request :
         {get("/throw"), std::string{"GET / HTTP/1.1\r\n\r\n"}, std::string{"nonsense\r\n\r\n"}}) {
        auto const got = ask(server, request);
        BOOST_TEST(got.status >= 400);
        BOOST_TEST(got.field("Cache-Control") == "no-store");
        BOOST_TEST(got.field("Vary") == "Accept-Encoding");
    }
}

BOOST_AUTO_TEST_SUITE_END()
