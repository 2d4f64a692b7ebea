#include "db/pg/rows.hpp"
#include "test/support/made_rows.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>
#include <ostream>
#include <string_view>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::pg {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

cell of(std::string_view bytes)
{
    return {bytes.data(), static_cast<int>(bytes.size()), false};
}

struct time_case {
    std::string_view name, bytes;
    grammar::sys_micro at;
};

std::ostream& operator<<(std::ostream& out, time_case const& c)
{
    return out << c.name;
}

time_case const time_cases[] = {
    {"the epoch", "\0\0\0\0\0\0\0\0"sv, std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}},
    {"one microsecond before", "\xff\xff\xff\xff\xff\xff\xff\xff"sv,
     std::chrono::sys_days{std::chrono::year{2000} / 1 / 1} - 1us},
    {"infinity", "\x7f\xff\xff\xff\xff\xff\xff\xff"sv, grammar::sys_micro::max()},
    {"-infinity", "\x80\0\0\0\0\0\0\0"sv, grammar::sys_micro::min()},
    {"PostgreSQL's last microsecond is past ours", "\x7f\xff\xfe\xa1\x0d\xbb\x7f\xff"sv, grammar::sys_micro::max()},
};

BOOST_AUTO_TEST_SUITE(pg_rows)

BOOST_DATA_TEST_CASE(timestamps_count_from_2000, bdata::make(time_cases), c)
{
    BOOST_TEST((of(c.bytes).timestamp() == c.at));
}

BOOST_AUTO_TEST_CASE(integers_are_big_endian)
{
    BOOST_TEST(of("\0\0\0\0\0\0\1\2"sv).int64() == 258);
    BOOST_TEST(of("\x80\0\0\0\0\0\0\0"sv).int64() == std::numeric_limits<std::int64_t>::min());
}

BOOST_AUTO_TEST_CASE(booleans_are_one_byte)
{
    BOOST_TEST(of("\1"sv).boolean());
    BOOST_TEST(!of("\0"sv).boolean());
}

BOOST_AUTO_TEST_CASE(jsonb_loses_its_version_and_nothing_else)
{
    BOOST_TEST(of("\1{\"a\": 1.10}"sv).jsonb() == "{\"a\": 1.10}");
    BOOST_TEST(of("\2{}"sv).jsonb().empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_length_gives_the_empty_value)
{
    for (auto const& wrong : {of(""), of("1234567"), of("123456789")}) {
        BOOST_TEST(wrong.int64() == 0);
        BOOST_TEST((wrong.timestamp() == grammar::sys_micro{}));
        BOOST_TEST(wrong.uuid().empty());
        BOOST_TEST(!wrong.boolean());
        BOOST_TEST(wrong.jsonb().empty());
    }
}

BOOST_AUTO_TEST_CASE(null_reads_as_nothing_everywhere)
{
    cell const null{"", 0, true};
    BOOST_TEST(null.is_null());
    BOOST_TEST(null.bytes().empty());
    BOOST_TEST(null.uuid().empty());
    BOOST_TEST(null.int64() == 0);
}

BOOST_AUTO_TEST_CASE(rows_that_never_were_are_empty)
{
    rows const none;
    BOOST_TEST(none.empty());
    BOOST_TEST(none.columns() == 0U);
    BOOST_TEST(none.command().empty());
}

BOOST_AUTO_TEST_CASE(what_the_server_did_not_send_is_null)
{
    auto const rows = test::made_rows(2, {{test::int8_cell(7), "text"}});
    BOOST_TEST(rows.at(0, 0).int64() == 7);
    BOOST_TEST(rows.at(0, 1).bytes() == "text");
    for (auto const& outside : {rows.at(0, 2), rows.at(1, 0), rows.at(SIZE_MAX, SIZE_MAX), pg::rows{}.at(0, 0)}) {
        BOOST_TEST(outside.is_null());
        BOOST_TEST(outside.bytes().empty());
        BOOST_TEST(outside.uuid().empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::pg
