// Where does a body end, however it is cut?
#include "lib/http/body_skipper.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;
using namespace std::string_literals;
using bridgewatch::http::body_skipper;
using state = bridgewatch::http::body_skipper::state;

namespace {

struct chunk_case {
    std::string_view name;
    std::string bytes;
    state end;
    std::size_t left; ///< bytes of the next request
};

std::ostream& operator<<(std::ostream& out, chunk_case const& one)
{
    return out << one.name;
}

chunk_case const chunks[] = {
    {"empty", "0\r\n\r\nGET", state::done, 3},
    {"two chunks", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET", state::done, 3},
    {"leading zeros", "00003\r\nabc\r\n000\r\n\r\n", state::done, 0},
    {"trailers", "0\r\nA: b\r\nC: d\r\n\r\nG", state::done, 1},
    {"exactly the limit", "14\r\n01234567890123456789\r\n0\r\n\r\n", state::done, 0},
    {"one over the limit", "15\r\n", state::too_long, 2},
    {"over the limit in sum", "13\r\n0123456789012345678\r\n2\r\n", state::too_long, 2},
    {"size that would overflow", "10000000000000001\r\n", state::too_long, 16},
    {"endless trailer", "0\r\nA: " + std::string(1000, 'x'), state::too_long, 845},
    {"endless zeros", std::string(1000, '0'), state::too_long, 839},
    {"no size", "\r\n", state::malformed, 1},
    {"sign", "+3\r\nabc\r\n", state::malformed, 8},
    {"prefix", "0x3\r\nabc\r\n", state::malformed, 8},
    {"bare line feed", "3\nabc\r\n", state::malformed, 5},
    {"data longer than said", "3\r\nabcd\r\n", state::malformed, 2},
    {"extension", "3;a=b\r\nabc\r\n0\r\n\r\n", state::malformed, 15},
    {"extension of the last chunk", "0;a\r\n\r\n", state::malformed, 5},
    {"space behind the size", "3 \r\nabc\r\n", state::malformed, 7},
    {"tab behind the size", "3\t\r\nabc\r\n", state::malformed, 7},
    {"bare carriage return", "3\rabc\r\n", state::malformed, 4},
    {"folded trailer", "0\r\n A: b\r\n\r\n", state::malformed, 8},
    {"not over", "3\r\nab", state::need_more, 0},
    {"last line missing", "0\r\n", state::need_more, 0},
};

struct outcome {
    state end;
    std::size_t left;
};

outcome skip_all(body_skipper& body, std::string_view bytes, std::size_t piece)
{
    auto end = state::need_more;
    while (end == state::need_more && !bytes.empty()) {
        auto now = bytes.substr(0, piece);
        auto const before = now.size();
        end = body.skip(now);
        bytes.remove_prefix(before - now.size());
    }
    return {end, bytes.size()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_body_skipper)

BOOST_DATA_TEST_CASE(chunked_body_ends, bdata::make(chunks) * bdata::make({1U, 3U, 10'000U}), one, piece)
{
    body_skipper body;
    body.expect_chunks(20);
    auto const got = skip_all(body, one.bytes, piece);
    BOOST_TEST((got.end == one.end));
    BOOST_TEST(got.left == one.left);
}

BOOST_DATA_TEST_CASE(sized_body_ends, bdata::make({1U, 3U, 10'000U}), piece)
{
    body_skipper body;
    body.expect_length(5);
    auto const got = skip_all(body, "helloGET", piece);
    BOOST_TEST((got.end == state::done));
    BOOST_TEST(got.left == 3U);
}

BOOST_AUTO_TEST_CASE(no_body_is_over_at_once)
{
    body_skipper body;
    body.expect_length(0);
    std::string_view bytes = "GET";
    BOOST_TEST((body.skip(bytes) == state::done));
    BOOST_TEST(bytes == "GET");
}

BOOST_AUTO_TEST_SUITE_END()
