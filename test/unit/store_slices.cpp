// Is a page cut into slices that stay within their bytes, in order, without a gap?
#include "db/store/slices.hpp"
#include "test/support/made_rows.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <ostream>
#include <random>
#include <string_view>
#include <vector>

using namespace bridgewatch::store;
namespace bdata = boost::unit_test::data;

namespace {

constexpr std::int64_t fields = 1024; ///< of each interception
constexpr std::int64_t copies = 2;
constexpr std::int64_t most = 10 * fields;

struct plan_case {
    std::string_view name;
    std::vector<interception_size> sizes;
    std::vector<slice> plan;
};

std::ostream& operator<<(std::ostream& out, plan_case const& one)
{
    return out << one.name;
}

interception_size children(std::int64_t bytes, std::int64_t widest = 0)
{
    return {.metadata = 0, .children = bytes, .widest = widest};
}

std::vector<plan_case> const cases{
    {"nothing", {}, {}},
    {"one", {children(0)}, {{.first = 0, .count = 1, .bytes = copies * fields}}},
    {"as many as fit",
     std::vector<interception_size>(10, children(0)),
     {{.first = 0, .count = 10, .bytes = copies * most}}},
    {"one more than fit",
     std::vector<interception_size>(11, children(0)),
     {{.first = 0, .count = 10, .bytes = copies * most}, {.first = 10, .count = 1, .bytes = copies * fields}}},
    {"just a slice", {children(most - fields)}, {{.first = 0, .count = 1, .bytes = copies * most}}},
    {"a byte more than a slice",
     {children(most - fields + 1, 100)},
     {{.first = 0, .count = 1, .bytes = copies * (most + 1), .in_parts = true}}},
    {"far more than a slice",
     {children(100 * most, 100)},
     {{.first = 0, .count = 1, .bytes = copies * (most + 100), .in_parts = true}}},
    {"one child that is more than a slice",
     {children(7 * most, 7 * most)},
     {{.first = 0, .count = 1, .bytes = copies * (7 * most + fields), .in_parts = true}}},
    {"metadata that is more than a slice",
     {{.metadata = 3 * most, .children = 1, .widest = 1}},
     {{.first = 0, .count = 1, .bytes = copies * (3 * most + fields), .in_parts = true}}},
    {"a large one between small ones",
     {children(0), children(most), children(0), children(0)},
     {{.first = 0, .count = 1, .bytes = copies * fields},
      {.first = 1, .count = 1, .bytes = copies * most, .in_parts = true},
      {.first = 2, .count = 2, .bytes = copies * 2 * fields}}},
};

} // namespace

namespace bridgewatch::store {

std::ostream& operator<<(std::ostream& out, slice const& one)
{
    return out << one.first << '+' << one.count << " (" << one.bytes << (one.in_parts ? ", in parts)" : ")");
}

} // namespace bridgewatch::store

BOOST_AUTO_TEST_SUITE(store_slices)

BOOST_DATA_TEST_CASE(page_is_cut_as_expected, bdata::make(cases), one)
{
    auto const plan = plan_slices(one.sizes, most);
    BOOST_TEST(plan == one.plan, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(any_page_is_covered_once_within_the_bytes)
{
    std::mt19937 random{20261127};
    std::uniform_int_distribution<std::int64_t> bytes{0, 2 * most};
    for (auto round = 0; round < 200; ++round) {
        std::vector<interception_size> sizes(random() % 100);
        for (auto& one : sizes)
            one = {.metadata = bytes(random) / 8,
                   .children = random() % 4 ? bytes(random) / 8 : bytes(random),
                   .widest = 10};
        std::size_t next = 0;
        for (auto const& one : plan_slices(sizes, most)) {
            BOOST_TEST_REQUIRE(one.first == next);
            BOOST_TEST_REQUIRE(one.count > 0U);
            BOOST_TEST_REQUIRE((one.in_parts ? one.count == 1 : one.bytes <= copies * most));
            next += one.count;
        }
        BOOST_TEST_REQUIRE(next == sizes.size());
    }
}

BOOST_AUTO_TEST_CASE(values_are_read_along_as_long_as_a_usual_page_stays_small)
{
    constexpr std::int64_t slice_bytes = 4 << 20;
    BOOST_TEST(*widest_value(1, slice_bytes) == 131072);
    BOOST_TEST(*widest_value(25, slice_bytes) == 74898);
    BOOST_TEST(*widest_value(100, slice_bytes) == 32017);
    BOOST_TEST(widest_value(200, slice_bytes).has_value());
    BOOST_TEST(!widest_value(201, slice_bytes).has_value());
}

BOOST_AUTO_TEST_CASE(sizes_that_cannot_be_leave_a_plan_that_can)
{
    using bridgewatch::test::int8_cell, bridgewatch::test::uuid_cell;
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto highest = std::numeric_limits<std::int64_t>::max();
    auto const rows =
        bridgewatch::test::made_rows(4, {
                                            {int8_cell(-1), uuid_cell(1), int8_cell(lowest), {}},
                                            {int8_cell(0), uuid_cell(1), int8_cell(highest), int8_cell(highest)},
                                            {int8_cell(1), uuid_cell(1), int8_cell(highest), int8_cell(lowest)},
                                            {int8_cell(1), uuid_cell(2), int8_cell(-5), int8_cell(-5)},
                                            {int8_cell(1), uuid_cell(3), "", {}},
                                        });
    std::vector<bridgewatch::grammar::uuid> ids(4);
    for (std::size_t at = 0; at < ids.size(); ++at)
        ids[at].bytes.fill(static_cast<std::uint8_t>(at + 1));
    auto const sizes = sizes_in(rows, ids);
    BOOST_TEST_REQUIRE(sizes.size() == ids.size());
    BOOST_TEST(sizes[0].metadata == 0);
    BOOST_TEST(sizes[0].children > 0);
    BOOST_TEST(sizes[0].widest > 0);
    BOOST_TEST((sizes[1] == interception_size{}));
    for (auto const& one : plan_slices(sizes, most))
        BOOST_TEST(one.bytes > 0);
}

BOOST_AUTO_TEST_SUITE_END()
