// Do we refuse every request whose end others may see elsewhere, and answer nothing that stands behind it?
#include "test/support/raw_client.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"
#include "test/system/smuggled_requests.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

/// Routes that need no database are enough: heads are judged before routes are looked at.
served& server()
{
    static served one{"host=127.0.0.1 port=1"};
    return one;
}

} // namespace

BOOST_AUTO_TEST_SUITE(smuggling)

BOOST_DATA_TEST_CASE(refused_and_closed, bdata::make(smuggling_cases()), c)
{
    auto const answered = exchange_bytes(server().address(), c.bytes + hidden, waits::limit);
    BOOST_TEST(answered.closed);
    BOOST_TEST(answered.bytes.starts_with("HTTP/1.1 " + std::to_string(c.status) + " "), answered.bytes);
    BOOST_TEST(answered.bytes.find("\r\nConnection: close\r\n") != std::string::npos);
    BOOST_TEST(answered.bytes.find("HTTP/1.1 ", 1) == std::string::npos, answered.bytes);
    BOOST_TEST(server().program().is_running());
}

BOOST_DATA_TEST_CASE(body_is_swallowed, bdata::make(bodies_that_look_like_requests()), c)
{
    auto const answered = exchange_bytes(server().address(), c.bytes, waits::nothing_happens, waits::limit);
    BOOST_TEST(!answered.closed);
    BOOST_TEST(answered.bytes.starts_with("HTTP/1.1 " + std::to_string(c.status) + " "), answered.bytes);
    BOOST_TEST(answered.bytes.find("HTTP/1.1 ", 1) == std::string::npos, answered.bytes);
}

BOOST_AUTO_TEST_CASE(what_they_hide_is_answered_where_it_is_a_request)
{
    // The cases above prove nothing where `hidden` would not be answered anyway.
    for (auto const& honest : {get(""), get("Content-Length: 0\r\n"), post("Content-Length: 5\r\n", "hello"),
                               post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
                               post("transfer-encoding:Chunked\r\n", "0\r\nA: b\r\n\r\n")}) {
        http_client client{server().address()};
        client.send(honest + hidden);
        BOOST_TEST(client.receive().headers.at("x-request-id") != "smuggled", honest);
        BOOST_TEST(client.receive().headers.at("x-request-id") == "smuggled", honest);
    }
}

BOOST_AUTO_TEST_CASE(hidden_requests_were_never_run)
{
    auto const runs = server().log_lines("request");
    auto const hidden_ones =
        std::ranges::count_if(runs, [](auto const& line) { return line.at("request_id").as_string() == "smuggled"; });
    BOOST_TEST(hidden_ones == 5); // the honest ones of the case before
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
