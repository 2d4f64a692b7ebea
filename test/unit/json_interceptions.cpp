// Is a list's body the same whichever part of it came last?
#include "lib/json/interceptions_body.hpp"
#include "test/support/made_rows.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

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

char id_of(std::size_t row)
{
    return static_cast<char>('a' + row);
}

/// Two children of each interception, the last one's first.
pg::rows children_of(std::size_t rows, std::size_t columns)
{
    std::vector<std::vector<test::made_cell>> cells;
    for (auto row = rows; row-- > 0;)
        for (char const id : {'2', '1'})
            cells.push_back({test::uuid_cell(id), test::uuid_cell(id_of(row)), "response \n" + std::to_string(row)});
    return test::made_rows(columns, std::move(cells));
}

store::page_answer page_of(std::size_t rows)
{
    constexpr std::size_t columns = 14;
    std::vector<std::vector<test::made_cell>> cells;
    cells.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row)
        cells.push_back({test::uuid_cell(id_of(row)), "key \"quoted\""});
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
    auto const finished = std::move(early).finish(page.count);
    BOOST_TEST(finished == expected);
    BOOST_TEST(expected.ends_with("]}"));
}

BOOST_DATA_TEST_CASE(token_usages_may_come_last, bdata::make({0, 1, 3}), rows)
{
    auto const count = static_cast<std::size_t>(rows);
    auto page = page_of(count);
    page.user_prompts = children_of(count, 6);
    page.tool_usages = children_of(count, 10);
    json::interceptions_without_tokens const early{page, schema::newest_shape(), 0};
    page.token_usages = children_of(count, 9);
    page.count.count = 7;
    auto const expected = json::interceptions_body(page, schema::newest_shape(), 0);
    BOOST_TEST(early.finish(page, schema::newest_shape()) == expected);
    BOOST_TEST((rows == 0 || expected.find("input_tokens") != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
