// Is a list's body the same whether its count came first or last?
#include "lib/json/interceptions_body.hpp"
#include "test/support/made_rows.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

struct count_case {
    std::int64_t count;
    std::optional<std::int64_t> cap;
};

std::ostream& operator<<(std::ostream& out, count_case const& c)
{
    return out << c.count << " capped at " << c.cap.value_or(0);
}

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

count_case const count_cases[] = {{0, {}}, {-1, {}}, {2000, 2000}, {least, least}};

store::page_answer page_of(std::size_t rows)
{
    constexpr std::size_t columns = 14;
    std::vector<std::vector<test::made_cell>> cells(rows, {test::uuid_cell('a'), "key \"quoted\""});
    store::page_answer page;
    page.interceptions = test::made_rows(columns, std::move(cells));
    page.shown = rows;
    return page;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_interceptions)

BOOST_DATA_TEST_CASE(a_count_may_come_last, bdata::make({0, 1, 2}) * bdata::make(count_cases), rows, c)
{
    auto page = page_of(static_cast<std::size_t>(rows));
    json::interceptions_rows early{page, schema::newest_shape(), 0};
    page.count = {.count = c.count, .cap = c.cap, .not_ready = false};
    auto const expected = json::interceptions_body(page, schema::newest_shape(), 0);
    BOOST_TEST(std::move(early).finish(page.count) == expected);
    BOOST_TEST(expected.ends_with("]}"));
}

BOOST_AUTO_TEST_SUITE_END()
