// Does the reader find each request in a stream of bytes, however it is cut, and refuse what is over a limit by one?
#include "lib/http/request_reader.hpp"
#include "lib/http/server.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace std::string_literals;
using bridgewatch::http::limits;
using bridgewatch::http::request_reader;
using step = bridgewatch::http::request_reader::step;

namespace {

/// Feeds the bytes in pieces and notes what comes of them.
struct reading {
    std::vector<std::string> targets;
    int refused_with = 0;
    std::string detail;
};

reading read_all(std::string_view bytes, std::size_t piece, limits const& bounds = {})
{
    request_reader reader{bounds};
    reading out;
    auto got = reader.next();
    while (true) {
        while (got == step::ready) {
            out.targets.emplace_back(reader.head().target);
            got = reader.next();
        }
        if (got == step::refused) {
            out.refused_with = reader.why().status;
            out.detail = reader.why().detail;
            return out;
        }
        if (bytes.empty())
            return out;
        auto const room = reader.room();
        auto const count = std::min({piece, room.size(), bytes.size()});
        std::copy_n(bytes.begin(), count, room.begin());
        bytes.remove_prefix(count);
        got = reader.took(count);
    }
}

std::string request_line(std::size_t length)
{
    std::string const start = "GET /";
    std::string const end = " HTTP/1.1";
    return start + std::string(length - start.size() - end.size(), 'a') + end + "\r\n";
}

std::string header_block(std::size_t length)
{
    std::string const start = "Host: x\r\nX-Long: ";
    return start + std::string(length - start.size() - 2, 'b') + "\r\n";
}

struct stream_case {
    std::string_view name;
    std::string bytes;
    std::vector<std::string> targets;
    int refused_with = 0;
};

std::ostream& operator<<(std::ostream& out, stream_case const& one)
{
    return out << one.name;
}

std::string const get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

stream_case const streams[] = {
    {"one", get, {"/a"}},
    {"three at once", get + "GET /b HTTP/1.1\r\nHost: x\r\n\r\n" + get, {"/a", "/b", "/a"}},
    {"HTTP/1.0 needs no host", "GET /a HTTP/1.0\r\n\r\n", {"/a"}},
    {"absolute form", "GET http://x/a?b HTTP/1.1\r\nHost: x\r\n\r\n", {"/a?b"}},
    {"body with length", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + get, {"/a", "/a"}},
    {"body that looks like a request",
     "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(get.size()) + "\r\n\r\n" + get,
     {"/b"}},
    {"chunked body with trailer",
     "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nHost: z\r\n\r\n" + get,
     {"/a", "/a"}},
    {"empty chunked body", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {"/a"}},
    {"truncated head", "GET /a HTTP/1.1\r\nHost: x\r\n", {}},
    {"truncated body", "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell", {}},
    {"high bytes in the target", "GET /\xC3\xA9?q=\xFF HTTP/1.1\r\nHost: x\r\n\r\n", {"/\xC3\xA9?q=\xFF"}},
    {"raw delimiters in the query", "GET /?q=\"<>|[]{}^`\\ HTTP/1.1\r\nHost: x\r\n\r\n", {"/?q=\"<>|[]{}^`\\"}},
    {"good, then bad", get + "GET /b HTTP/1.1\r\n\r\n", {"/a"}, 400},
    {"both lengths",
     "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {},
     400},
    {"both lengths, turned",
     "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
     {},
     400},
    {"two lengths", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", {}, 400},
    {"length twice", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", {}, 400},
    {"length as list", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nhello", {}, 400},
    {"signed length", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", {}, 400},
    {"huge length", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", {}, 400},
    {"chunked and gzip", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n" + get, {}, 400},
    {"gzip and chunked", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", {}, 400},
    {"xchunked", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n" + get, {}, 400},
    {"identity", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n" + get, {}, 400},
    {"chunked twice",
     "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {},
     400},
    {"chunked in 1.0", "POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {}, 400},
    {"bad chunk size", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", {}, 400},
    {"no host", "GET /a HTTP/1.1\r\n\r\n", {}, 400},
    {"two hosts", "GET /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", {}, 400},
    {"two hosts in 1.0", "GET /a HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", {}, 400},
    {"host with a path", "GET /a HTTP/1.1\r\nHost: x/y\r\n\r\n", {}, 400},
    {"folded line", "GET /a HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n", {}, 400},
    {"bare line feeds", "GET /a HTTP/1.1\nHost: x\n\n", {}, 400},
    {"bare line feed at the end", "GET /a HTTP/1.1\r\nHost: x\r\n\n", {}, 400},
    {"bare carriage return in a value", "GET /a HTTP/1.1\r\nHost: x\r\nX-A: b\rc\r\n\r\n", {}, 400},
    {"NUL in a value", "GET /a HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n"s, {}, 400},
    {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s, {}, 400},
    {"space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", {}, 400},
    {"space before the colon", "GET /a HTTP/1.1\r\nHost : x\r\n\r\n", {}, 400},
    {"leading line end", "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n", {}, 400},
    {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {}, 400},
    {"authority form", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", {}, 400},
    {"path without slash", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", {}, 400},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {}, 400},
    {"HTTP/1.2", "GET /a HTTP/1.2\r\nHost: x\r\n\r\n", {}, 400},
    {"HTTP/0.9", "GET /a\r\n", {}, 400}, // at once: no more of it will come
    {"HTTP/1.1 in small letters", "GET /a http/1.1\r\n", {}, 400},
    {"absolute form of another host", "GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n", {}, 400},
    {"absolute form with a user", "GET http://u@x/a HTTP/1.1\r\nHost: x\r\n\r\n", {}, 400},
    {"absolute form of another port", "GET http://x:81/a HTTP/1.1\r\nHost: x\r\n\r\n", {}, 400},
    {"chunk extension",
     "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n",
     {},
     400},
    {"TLS hello", "\x16\x03\x01\x02\x01\x01\xfc", {}, 400},
    {"endless method", std::string(100, 'A'), {}, 400},
};

std::size_t const pieces[] = {1, 7, 100'000};

} // namespace

BOOST_AUTO_TEST_SUITE(http_request_reader)

BOOST_DATA_TEST_CASE(finds_each_request, bdata::make(streams) * bdata::make(pieces), stream, piece)
{
    auto const got = read_all(stream.bytes, piece);
    BOOST_TEST(got.targets == stream.targets, boost::test_tools::per_element());
    BOOST_TEST(got.refused_with == stream.refused_with, got.detail);
}

BOOST_DATA_TEST_CASE(request_line_limit_is_exact, bdata::make(pieces), piece)
{
    auto const limit = limits{}.request_line_bytes;
    BOOST_TEST(read_all(request_line(limit) + "Host: x\r\n\r\n", piece).targets.size() == 1U);
    BOOST_TEST(read_all(request_line(limit + 1) + "Host: x\r\n\r\n", piece).refused_with == 414);
}

BOOST_DATA_TEST_CASE(header_block_limit_is_exact, bdata::make(pieces), piece)
{
    auto const limit = limits{}.header_bytes;
    std::string const line = "GET /a HTTP/1.1\r\n";
    BOOST_TEST(read_all(line + header_block(limit) + "\r\n", piece).targets.size() == 1U);
    BOOST_TEST(read_all(line + header_block(limit + 1) + "\r\n", piece).refused_with == 431);
}

BOOST_DATA_TEST_CASE(number_of_fields_is_limited, bdata::make(pieces), piece)
{
    auto const with_fields = [](std::size_t count) {
        std::string bytes = "GET /a HTTP/1.1\r\nHost: x\r\n";
        for (std::size_t i = 1; i < count; ++i)
            bytes += "a:\r\n";
        return bytes + "\r\n";
    };
    auto const limit = limits{}.header_fields;
    BOOST_TEST(read_all(with_fields(limit) + with_fields(limit), piece).targets.size() == 2U);
    BOOST_TEST(read_all(with_fields(limit + 1), piece).refused_with == 431);
}

BOOST_AUTO_TEST_CASE(both_limits_can_be_used_up_at_once)
{
    limits const bounds;
    auto const bytes = request_line(bounds.request_line_bytes) + header_block(bounds.header_bytes) + "\r\n";
    BOOST_TEST(read_all(bytes + get, 100'000).targets.size() == 2U);
}

BOOST_AUTO_TEST_CASE(endless_lines_are_refused_without_their_end)
{
    limits const bounds;
    BOOST_TEST(read_all("GET /" + std::string(bounds.request_line_bytes, 'a'), 1000).refused_with == 414);
    auto const endless = "GET / HTTP/1.1\r\nX: " + std::string(bounds.header_bytes, 'a');
    BOOST_TEST(read_all(endless, 1000).refused_with == 431);
}

BOOST_DATA_TEST_CASE(body_limit_is_exact, bdata::make(pieces), piece)
{
    limits const bounds{.body_bytes = 1000};
    std::string const start = "POST /a HTTP/1.1\r\nHost: x\r\n";
    auto const sized = [&](std::size_t length) {
        return start + "Content-Length: " + std::to_string(length) + "\r\n\r\n" + std::string(length, 'x');
    };
    BOOST_TEST(read_all(sized(1000), piece, bounds).targets.size() == 1U);
    BOOST_TEST(read_all(sized(1001), piece, bounds).refused_with == 413);
    auto const chunked = [&](std::string_view size, std::size_t length) {
        return start + "Transfer-Encoding: chunked\r\n\r\n" + std::string{size} + "\r\n" + std::string(length, 'x') +
               "\r\n0\r\n\r\n";
    };
    BOOST_TEST(read_all(chunked("3e8", 1000), piece, bounds).targets.size() == 1U);
    BOOST_TEST(read_all(chunked("3e9", 1001), piece, bounds).refused_with == 413);
}

BOOST_AUTO_TEST_CASE(framing_of_chunks_has_a_limit_too)
{
    std::string bytes = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (auto i = 0; i < 100; ++i)
        bytes += std::string(1000, '0') + "1\r\nx\r\n";
    BOOST_TEST(read_all(bytes, 1000, {.body_bytes = 1000}).refused_with == 413);
    auto const endless =
        "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: " + std::string(40'000, 'e');
    BOOST_TEST(read_all(endless, 1000, {.body_bytes = 1000}).refused_with == 413);
}

struct keep_alive_case {
    std::string_view request;
    bool kept;
};

std::ostream& operator<<(std::ostream& out, keep_alive_case const& one)
{
    return out << one.request;
}

keep_alive_case const keep_alives[] = {
    {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true},
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false},
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\n", false},
    {"GET / HTTP/1.0\r\n\r\n", false},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
};

BOOST_DATA_TEST_CASE(keep_alive_follows_the_version, bdata::make(keep_alives), one)
{
    limits const bounds;
    request_reader reader{bounds};
    std::ignore = reader.next();
    std::ranges::copy(one.request, reader.room().begin());
    BOOST_TEST_REQUIRE((reader.took(one.request.size()) == step::ready));
    BOOST_TEST(reader.head().keep_alive == one.kept);
}

BOOST_AUTO_TEST_CASE(continue_is_wanted_once_and_only_without_a_body)
{
    limits const bounds;
    std::string const head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    request_reader waits{bounds};
    std::ignore = waits.next();
    std::ranges::copy(head, waits.room().begin());
    BOOST_TEST((waits.took(head.size()) == step::need_more));
    BOOST_TEST(waits.in_body());
    BOOST_TEST(waits.take_continue());
    BOOST_TEST(!waits.take_continue());

    request_reader hurries{bounds};
    std::ignore = hurries.next();
    std::ranges::copy(head + "x", hurries.room().begin());
    BOOST_TEST((hurries.took(head.size() + 1) == step::need_more));
    BOOST_TEST(!hurries.take_continue());
}

BOOST_AUTO_TEST_CASE(views_stay_while_pipelined_bytes_arrive_behind_a_body)
{
    limits const bounds;
    std::string const bytes = "POST /kept HTTP/1.1\r\nHost: x\r\nX-Kept: yes\r\nContent-Length: 60000\r\n\r\n" +
                              std::string(60'000, 'x') + "GET /next HTTP/1.1\r\n";
    request_reader reader{bounds};
    auto got = reader.next();
    for (std::string_view left = bytes; got == step::need_more && !left.empty();) {
        auto const room = reader.room();
        auto const count = std::min(room.size(), left.size());
        std::copy_n(left.begin(), count, room.begin());
        left.remove_prefix(count);
        got = reader.took(count);
    }
    BOOST_TEST_REQUIRE((got == step::ready));
    BOOST_TEST(reader.head().target == "/kept");
    BOOST_TEST(reader.head().headers.at(1).second == "yes");
    BOOST_TEST(reader.has_more());
}

BOOST_AUTO_TEST_SUITE_END()
