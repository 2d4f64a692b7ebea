// Is the head of a response what clients and proxies expect?
#include "lib/http/response_head.hpp"

#include <boost/test/unit_test.hpp>

using namespace bridgewatch::http;

namespace {

std::string head_of(response const& made, framing const& how)
{
    std::string out = "left over";
    write_head(out, made, how);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_response_head)

BOOST_AUTO_TEST_CASE(says_all_that_is_needed)
{
    BOOST_TEST(head_of({}, {.date = "now", .request_id = "id", .content_length = 12}) ==
               "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: application/json; charset=utf-8\r\n"
               "Content-Length: 12\r\nVary: Accept-Encoding\r\nCache-Control: no-store\r\nX-Request-Id: id\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(says_what_becomes_of_the_connection)
{
    BOOST_TEST(head_of({}, {.close = true}).ends_with("\r\nConnection: close\r\n\r\n"));
    BOOST_TEST(head_of({}, {.say_keep_alive = true}).ends_with("\r\nConnection: keep-alive\r\n\r\n"));
    BOOST_TEST(head_of({}, {.close = true, .say_keep_alive = true}).find("keep-alive") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(says_where_the_body_ends)
{
    auto const chunked = head_of({}, {.length = body_length::chunked, .content_length = 12});
    BOOST_TEST(chunked.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    BOOST_TEST(chunked.find("Content-Length") == std::string::npos);
    auto const until_close = head_of({}, {.length = body_length::until_close, .content_length = 12});
    BOOST_TEST(until_close.find("Transfer-Encoding") == std::string::npos);
    BOOST_TEST(until_close.find("Content-Length") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(says_how_the_body_is_coded)
{
    BOOST_TEST(head_of({}, {.coding = content_coding::zstd}).find("\r\nContent-Encoding: zstd\r\n") !=
               std::string::npos);
    BOOST_TEST(head_of({}, {.coding = content_coding::gzip}).find("\r\nContent-Encoding: gzip\r\n") !=
               std::string::npos);
    BOOST_TEST(head_of({}, {}).find("Content-Encoding") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_value_starts_a_line)
{
    response made;
    made.status = 405;
    made.headers.emplace_back("Allow", "GET\r\nX-Bad: yes");
    BOOST_TEST(head_of(made, {}).find("Allow: GET  X-Bad: yes\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(some_statuses_have_no_content)
{
    response made;
    made.status = 304;
    auto const head = head_of(made, {});
    BOOST_TEST(head.find("Content-Length") == std::string::npos);
    BOOST_TEST(head.find("Vary") == std::string::npos);
    BOOST_TEST(head.find("Cache-Control: no-store\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(date_is_in_the_fixed_form)
{
    date_text date;
    BOOST_TEST(date.at(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT"); // the example of RFC 9110
    BOOST_TEST(date.at(784111778) == "Sun, 06 Nov 1994 08:49:38 GMT");
    BOOST_TEST(date.at(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

BOOST_AUTO_TEST_SUITE_END()
