// Which request ids and trace parents of a caller are taken over?
#include "lib/http/request_id.hpp"
#include "lib/http/traceparent.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;
using namespace bridgewatch::http;

namespace {

struct id_case {
    std::string_view name;
    std::string text;
    bool good;
};

std::ostream& operator<<(std::ostream& out, id_case const& one)
{
    return out << one.name;
}

id_case const ids[] = {
    {"one character", "x", true},
    {"128 characters", std::string(128, '~'), true},
    {"129 characters", std::string(129, 'x'), false},
    {"empty", "", false},
    {"with a space", "a b", false},
    {"with a tab", "a\tb", false},
    {"with DEL", "a\x7f", false},
    {"not ASCII", "\xC3\xA9", false},
    {"with a quote", "\"!", true},
};

std::string const good_trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string changed(std::size_t at, std::string_view text)
{
    return std::string{good_trace}.replace(at, text.size(), text);
}

id_case const traces[] = {
    {"as in the standard", good_trace, true},
    {"not sampled", changed(53, "00"), true},
    {"version 00 with more", good_trace + "-x", false},
    {"later version", changed(0, "01"), true},
    {"later version with more", changed(0, "cc") + "-what", true},
    {"later version run on", changed(0, "cc") + "x", false},
    {"version ff", changed(0, "ff"), false},
    {"upper case", changed(3, "4BF9"), false},
    {"trace id of zeros", changed(3, std::string(32, '0')), false},
    {"parent id of zeros", changed(36, std::string(16, '0')), false},
    {"short", good_trace.substr(0, 54), false},
    {"wrong dash", changed(2, "_"), false},
    {"flags not hex", changed(53, "0g"), false},
    {"empty", "", false},
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_ids)

BOOST_DATA_TEST_CASE(request_id_is_echoed_where_good, bdata::make(ids), one)
{
    BOOST_TEST(is_request_id(one.text) == one.good);
    request_id_source source{1};
    BOOST_TEST((source.choose(one.text) == one.text) == one.good);
}

BOOST_AUTO_TEST_CASE(fresh_ids_are_version_4_and_differ)
{
    BOOST_TEST(uuid_v4(0, 0) == "00000000-0000-4000-8000-000000000000");
    BOOST_TEST(uuid_v4(~0ULL, ~0ULL) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
    BOOST_TEST(uuid_v4(0x0123456789abcdefULL, 0x0123456789abcdefULL) == "01234567-89ab-4def-8123-456789abcdef");
    request_id_source source{1};
    BOOST_TEST(source.choose(std::nullopt) != source.choose(std::nullopt));
}

BOOST_DATA_TEST_CASE(traceparent_is_taken_where_valid, bdata::make(traces), one)
{
    BOOST_TEST(is_traceparent(one.text) == one.good);
}

BOOST_AUTO_TEST_SUITE_END()
