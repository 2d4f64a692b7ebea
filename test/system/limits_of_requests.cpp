// Is each limit on what a client may send exact, to the byte and at the real server, however the bytes are cut?
#include "test/support/http_client.hpp"
#include "test/support/served.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

constexpr std::size_t kibibyte = 1024;
constexpr std::string_view host = "Host: t\r\n";

served& server()
{
    static served one{"host=127.0.0.1 port=1"};
    return one;
}

std::string filled(std::string_view before, std::size_t size, std::string_view after)
{
    return std::string{before}.append(size - before.size() - after.size(), 'x').append(after);
}

/// `size` counts the line without its CRLF.
std::string request_line(std::size_t size)
{
    return filled("GET /livez?", size, " HTTP/1.1").append("\r\n").append(host).append("\r\n");
}

/// `size` counts the lines with their CRLFs, without the empty line.
std::string one_long_field(std::size_t size)
{
    return "GET /livez HTTP/1.1\r\n" + filled("Host: t\r\nX-A: ", size, "\r\n") + "\r\n";
}

std::string long_fields(std::size_t size)
{
    constexpr std::size_t each = 1000;
    std::string block{host};
    while (block.size() + 2 * each < size)
        block += filled("X-A: ", each, "\r\n");
    return "GET /livez HTTP/1.1\r\n" + block + filled("X-A: ", size - block.size(), "\r\n") + "\r\n";
}

std::string long_name(std::size_t size)
{
    return "GET /livez HTTP/1.1\r\n" + filled("Host: t\r\n", size, ":\r\n") + "\r\n";
}

std::string fields(std::size_t count)
{
    std::string out = "GET /livez HTTP/1.1\r\n" + std::string{host};
    for (std::size_t i = 1; i < count; ++i)
        out += "a:\r\n";
    return out + "\r\n";
}

std::string sized_body(std::size_t size)
{
    return "GET /livez HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
}

std::string chunked_body(std::size_t size)
{
    std::string out = "GET /livez HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
    constexpr std::size_t each = 1024;
    for (; size >= each; size -= each)
        out += "400\r\n" + std::string(each, 'x') + "\r\n";
    for (; size > 0; --size)
        out += "1\r\nx\r\n";
    return out + "0\r\n\r\n";
}

struct limit_case {
    std::string_view name;
    std::string (*make)(std::size_t);
    std::size_t limit;
    int status; ///< one past it
};

std::ostream& operator<<(std::ostream& out, limit_case const& c)
{
    return out << c.name;
}

constexpr limit_case limits[] = {
    {"request line", request_line, 16 * kibibyte, 414},
    {"header block of one field", one_long_field, 32 * kibibyte, 431},
    {"header block of many fields", long_fields, 32 * kibibyte, 431},
    {"header block of one name", long_name, 32 * kibibyte, 431},
    {"number of fields", fields, 2000, 431},
    {"body with a length", sized_body, 64 * kibibyte, 413},
    {"body in chunks", chunked_body, 64 * kibibyte, 413},
};

/// The answer to bytes that arrive in pieces, on a connection that has been used before.
http_answer answer_to(std::string_view bytes, std::size_t piece)
{
    http_client client{server().address()};
    BOOST_TEST_REQUIRE(client.get("/livez").status == 200);
    try {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
            client.send(bytes.substr(0, piece));
    } catch (std::runtime_error const&) { // it has been refused before its end
    }
    auto answer = client.receive();
    if (answer.status == 200)
        BOOST_TEST(client.get("/livez").status == 200); // it goes on, and from the right place
    return answer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(limits_of_requests)

BOOST_DATA_TEST_CASE(limit_is_exact, bdata::make(limits) * bdata::make({std::size_t{1} << 20U, std::size_t{1021}}), c,
                     piece)
{
    BOOST_TEST(answer_to(c.make(c.limit), piece).status == 200);
    auto const refused = answer_to(c.make(c.limit + 1), piece);
    BOOST_TEST(refused.status == c.status);
    BOOST_TEST(refused.headers.at("connection") == "close");
    BOOST_TEST(refused.json().as_object().contains("message"));
}

BOOST_DATA_TEST_CASE(limits_do_not_add_up, bdata::make({0, 1}), over)
{
    // The longest line, the longest block and the longest body in one request.
    auto const line = request_line(16 * kibibyte);
    auto const head =
        line.substr(0, line.find("\r\n") + 2) +
        filled("Host: t\r\nContent-Length: 65536\r\nX-A: ", 32 * kibibyte + static_cast<unsigned>(over), "\r\n") +
        "\r\n";
    BOOST_TEST(answer_to(head + std::string(64 * kibibyte, 'x'), 4096).status == (over == 0 ? 200 : 431));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
