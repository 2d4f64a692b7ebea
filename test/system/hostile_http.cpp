#include "test/support/audit_log.hpp"
#include "test/support/raw_client.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

constexpr std::size_t kibibyte = 1024;

/// One server for the whole suite: what a case leaves behind would be the next one's trouble.
struct victim {
    audit_log log;
    served server{log.conninfo(), {"--request-timeout", "5s"}};

    victim() { BOOST_TEST_REQUIRE(server.ready()); }

    static std::unique_ptr<victim>& instance()
    {
        static std::unique_ptr<victim> one;
        return one;
    }
};

struct one_victim {
    one_victim() { victim::instance() = std::make_unique<victim>(); }

    one_victim(one_victim const&) = delete;
    one_victim& operator=(one_victim const&) = delete;

    ~one_victim() { victim::instance().reset(); }
};

served& server()
{
    return victim::instance()->server;
}

std::string const page{interceptions_path};
std::string const key = "Coder-Session-Token: " + std::string{owner_token} + "\r\n";
std::string const start = "GET " + page + " HTTP/1.1\r\n";
std::string const good = start + "Host: test\r\n" + key + "\r\n";

http_answer ask(std::string const& query)
{
    return fetch(server().address(), page + "?" + query, as_owner());
}

void expect_well()
{
    BOOST_TEST(server().program().is_running());
    auto const answer = ask("limit=1");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.json().at("results").as_array().size() == 1U);
}

struct bytes_case {
    std::string_view name;
    std::string bytes;
    int status = 400;
};

std::ostream& operator<<(std::ostream& out, bytes_case const& c)
{
    return out << c.name;
}

/// Behind each of them stands a second request, which must not be answered: it may be the body of the first.
bytes_case const refused[] = {
    {"no Host", start + key + "\r\n"},
    {"two Hosts", start + "Host: a\r\nHost: b\r\n" + key + "\r\n"},
    {"the same Host twice", start + "Host: a\r\nHost: a\r\n" + key + "\r\n"},
    {"chunked, gzip", start + "Host: t\r\nTransfer-Encoding: chunked, gzip\r\n" + key + "\r\n"},
    {"gzip, chunked", start + "Host: t\r\nTransfer-Encoding: gzip, chunked\r\n" + key + "\r\n"},
    {"xchunked", start + "Host: t\r\nTransfer-Encoding: xchunked\r\n" + key + "\r\n"},
    {"identity", start + "Host: t\r\nTransfer-Encoding: identity\r\n" + key + "\r\n"},
    {"chunked twice",
     start + "Host: t\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + key + "\r\n0\r\n\r\n"},
    {"chunked in HTTP/1.0",
     "GET " + page + " HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n" + key + "\r\n0\r\n\r\n"},
    {"length and chunked",
     start + "Host: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n" + key + "\r\n0\r\n\r\n"},
    {"chunked and length",
     start + "Host: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n" + key + "\r\n0\r\n\r\n"},
    {"two lengths", start + "Host: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n" + key + "\r\n"},
    {"a list of lengths", start + "Host: t\r\nContent-Length: 5, 5\r\n" + key + "\r\n"},
    {"huge length", start + "Host: t\r\nContent-Length: 99999999999999999999999\r\n" + key + "\r\n"},
    {"negative length", start + "Host: t\r\nContent-Length: -1\r\n" + key + "\r\n"},
    {"long body", start + "Host: t\r\nContent-Length: 4294967296\r\n" + key + "\r\n", 413},
    {"huge chunk", start + "Host: t\r\nTransfer-Encoding: chunked\r\n" + key + "\r\nFFFFFFFFFFFFFFFFF\r\n", 413},
    {"space before the colon", start + "Host: t\r\nCoder-Session-Token : x\r\n\r\n"},
    {"folded header", start + "Host: t\r\nX-A: 1\r\n 2\r\n\r\n"},
    {"bare line feeds", "GET " + page + " HTTP/1.1\nHost: t\n\n"},
    {"NUL in a header", start + "Host: t\r\nX-A: a" + std::string(1, '\0') + "b\r\n\r\n"},
    {"space in the target", "GET " + page + "?q=a b HTTP/1.1\r\nHost: t\r\n\r\n"},
    {"NUL in the target", "GET " + page + std::string(1, '\0') + " HTTP/1.1\r\nHost: t\r\n\r\n"},
    {"no target", "GET  HTTP/1.1\r\nHost: t\r\n\r\n"},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"HTTP/3.1", "GET / HTTP/3.1\r\nHost: t\r\n\r\n"},
    {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
    {"tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: t\r\n\r\n"},
    {"request line over its limit", "GET /" + std::string(16 * kibibyte, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n", 414},
    {"endless request line", "GET /" + std::string(100 * kibibyte, 'a'), 414},
    {"header block over its limit", start + "Host: t\r\nX-A: " + std::string(32 * kibibyte, 'a') + "\r\n\r\n", 431},
    {"endless header", start + "Host: t\r\nX-A: " + std::string(100 * kibibyte, 'a'), 431},
    {"endless headers",
     start + "Host: t\r\n" +
         [] {
             std::string many;
             for (int i = 0; i < 10'000; ++i)
                 many += "X-" + std::to_string(i) + ": 1\r\n";
             return many;
         }(),
     431},
};

struct query_case {
    std::string_view name;
    std::string query;
    std::string_view field;
};

std::ostream& operator<<(std::ostream& out, query_case const& c)
{
    return out << c.name;
}

query_case const bad_queries[] = {
    {"lone continuation byte", "q=%80", "q"},
    {"truncated sequence", "q=model:%E2%82", "q"},
    {"overlong slash", "q=%C0%AF", "q"},
    {"surrogate", "q=%ED%A0%80", "q"},
    {"beyond Unicode", "q=%F4%90%80%80", "q"},
    {"raw bytes", "q=\xff\xfe", "q"},
    {"NUL", "q=a%00b", "q"},
    {"a byte more than 4 KiB", "q=" + std::string(4097, 'a'), "q"},
    {"huge limit", "limit=99999999999999999999999999", "limit"},
    {"limit past 32 bits", "limit=2147483648", "limit"},
    {"huge offset", "offset=1" + std::string(5000, '0'), "offset"},
    {"negative offset", "offset=-1", "offset"},
    {"limit in words", "limit=ten", "limit"},
    {"no cursor", "after_id=%00", "after_id"},
    {"year beyond all", "q=started_after:%22999999-01-01T00:00:00Z%22", "started_after"},
};

/// What mutations are made of: the things that parsers trip over.
constexpr std::array<std::string_view, 24> splinters{"\r\n",
                                                     "\n",
                                                     "\r",
                                                     " ",
                                                     "\t",
                                                     ":",
                                                     "\"",
                                                     "%",
                                                     "%00",
                                                     "%ff",
                                                     "\xff",
                                                     "\xc3\x28",
                                                     "&q=",
                                                     "?",
                                                     "#",
                                                     ";",
                                                     "0",
                                                     "99999999999999999999",
                                                     "Content-Length: 1\r\n",
                                                     "Transfer-Encoding: chunked\r\n",
                                                     "Host: x\r\n",
                                                     "Expect: 100-continue\r\n",
                                                     "HTTP/1.0",
                                                     "started_after:"};

std::vector<std::string> const& seeds()
{
    static std::vector<std::string> const all{
        good,
        "GET " + page + "?q=model:gpt-5%20initiator:me&limit=3&count=capped HTTP/1.1\r\nHost: test\r\n" + key + "\r\n",
        "GET " + page + "?after_id=00000000-0000-0000-0000-000000000001 HTTP/1.1\r\nHost: test\r\n" + key + "\r\n",
        "GET " + page +
            "?q=started_after:%222026-01-01T00:00:00Z%22 HTTP/1.1\r\nHost: t\r\nCookie: coder_session_token=" +
            std::string{owner_token} + "\r\n\r\n",
        "HEAD " + page + " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " + std::string{owner_token} + "\r\n\r\n",
        "POST " + page + " HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello",
        "POST /readyz HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "GET http://test/livez HTTP/1.1\r\nHost: test\r\n\r\nGET /readyz HTTP/1.1\r\nHost: test\r\n\r\n",
        "GET /api/v2/buildinfo HTTP/1.0\r\nConnection: keep-alive\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
    };
    return all;
}

/// A mutated request that the server waits for the rest of is given up after this.
constexpr std::chrono::milliseconds quiet{150};

std::string mutated(std::mt19937& random)
{
    auto const below = [&random](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
    std::string bytes = seeds()[below(seeds().size())];
    for (auto left = 1 + below(6); left > 0; --left) {
        auto const at = below(bytes.size());
        switch (below(6)) {
        case 0:
            bytes.insert(at, splinters[below(splinters.size())]);
            break;
        case 1:
            bytes.erase(at, 1 + below(20));
            break;
        case 2:
            bytes.insert(at, 1, static_cast<char>(below(256)));
            break;
        case 3:
            bytes.insert(at, bytes.substr(below(bytes.size()), below(60)));
            break;
        case 4:
            bytes.insert(at, std::string(below(3000), static_cast<char>(below(256))));
            break;
        default:
            bytes.resize(at);
            break;
        }
        if (bytes.empty())
            bytes.push_back('G');
    }
    return bytes;
}

} // namespace

BOOST_TEST_DECORATOR(*boost::unit_test::fixture<one_victim>())
BOOST_AUTO_TEST_SUITE(hostile_http)

BOOST_DATA_TEST_CASE(refused_and_closed, bdata::make(refused), c)
{
    auto const answered =
        exchange_bytes(server().address(), c.bytes + "GET /livez HTTP/1.1\r\nHost: smuggled\r\n\r\n", waits::limit);
    BOOST_TEST(answered.closed);
    BOOST_TEST(answered.bytes.starts_with("HTTP/1.1 " + std::to_string(c.status)), answered.bytes);
    BOOST_TEST(answered.bytes.find("\r\nConnection: close\r\n") != std::string::npos);
    BOOST_TEST(answered.bytes.find("HTTP/1.1", 1) == std::string::npos, answered.bytes);
    expect_well();
}

BOOST_DATA_TEST_CASE(bad_value_is_400_on_its_field, bdata::make(bad_queries), c)
{
    auto const answer = ask(c.query);
    BOOST_TEST(answer.status == 400);
    BOOST_TEST_REQUIRE(answer.json().as_object().contains("validations"), answer.body);
    BOOST_TEST(answer.json().at("validations").at(0).at("field").as_string() == c.field);
    expect_well();
}

BOOST_AUTO_TEST_CASE(limits_are_exact)
{
    auto const line = "GET " + page + "?x=";
    std::string const version = " HTTP/1.1";
    auto const filler = std::string(16 * kibibyte - line.size() - version.size(), 'x');
    http_client client{server().address()};
    client.send(line + filler + version + "\r\nHost: t\r\n" + key + "\r\n");
    BOOST_TEST(client.receive().status == 200);
    client.send(line + filler + "x" + version + "\r\nHost: t\r\n" + key + "\r\n");
    BOOST_TEST(client.receive().status == 414);

    http_client other{server().address()};
    std::string const block = "Host: t\r\n" + key + "X-A: ";
    auto const value = std::string(32 * kibibyte - block.size() - 4, 'x'); // 4: its line's end, and the empty line's
    other.send(start + block + value + "\r\n\r\n");
    BOOST_TEST(other.receive().status == 200);
    BOOST_TEST(ask("q=" + std::string(4089, 'a') + "%20model:").status == 400); // about the query, not about its size
    expect_well();
}

BOOST_AUTO_TEST_CASE(absurd_headers_are_only_headers)
{
    http_headers headers = as_owner();
    for (int i = 0; i < 1500; ++i)
        headers.emplace_back("X-" + std::to_string(i), "v");
    BOOST_TEST(fetch(server().address(), page, headers).status == 200);
    http_headers const odd{{"Coder-Session-Token", std::string{owner_token}},
                           {"Cookie", std::string(20'000, ';')},
                           {"Cookie", "coder_session_token="},
                           {"Accept", "\xff\xfe"},
                           {"Range", "bytes=0-0,5-"},
                           {"If-Modified-Since", "yesterday"},
                           {"Upgrade", "h2c"},
                           {"X-Forwarded-For", ",,,,"}};
    BOOST_TEST(fetch(server().address(), page, odd).status == 200);
    expect_well();
}

BOOST_AUTO_TEST_CASE(request_may_come_byte_by_byte)
{
    http_client client{server().address()};
    for (char const byte : good)
        client.send({&byte, 1});
    BOOST_TEST(client.receive().status == 200);
    expect_well();
}

BOOST_AUTO_TEST_CASE(request_may_end_anywhere)
{
    for (std::size_t size = 0; size < good.size(); ++size) {
        http_client client{server().address()};
        client.send(good.substr(0, size));
        client.close();
    }
    expect_well();
}

BOOST_AUTO_TEST_CASE(half_a_request_is_408_in_the_end)
{
    served const impatient{victim::instance()->log.conninfo(), {"--request-timeout", "500ms"}};
    auto const answered = exchange_bytes(impatient.address(), good.substr(0, good.size() - 2), waits::limit);
    BOOST_TEST(answered.closed);
    BOOST_TEST(answered.bytes.starts_with("HTTP/1.1 408"), answered.bytes);
}

BOOST_AUTO_TEST_CASE(mutated_requests_are_never_our_fault)
{
    constexpr unsigned threads = 4, each = 750;
    auto const address = server().address();
    auto const attack = [address](unsigned seed) {
        std::mt19937 random{seed};
        std::vector<std::string> faults;
        for (unsigned i = 0; i < each; ++i) {
            auto const bytes = mutated(random);
            auto const answered = exchange_bytes(
                address, bytes + "\r\n\r\nGET /livez HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", quiet);
            if (answered.bytes.starts_with("HTTP/1.1 5"))
                faults.push_back(bytes + "\n→ " + answered.bytes);
        }
        return faults;
    };
    std::vector<std::future<std::vector<std::string>>> attacks;
    for (unsigned seed = 1; seed <= threads; ++seed)
        attacks.push_back(std::async(std::launch::async, attack, seed));
    for (auto& one : attacks)
        for (auto const& fault : one.get())
            BOOST_ERROR(fault);
    for (auto const& line : server().log_lines("request"))
        BOOST_TEST((line.at("status").to_number<int>() < 500), line);
    expect_well();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
