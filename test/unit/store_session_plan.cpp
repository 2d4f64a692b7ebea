#include "db/store/session_plan.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <libpq-fe.h>

#include <ostream>
#include <string>
#include <string_view>

namespace bdata = boost::unit_test::data;

// Which way leads to a page, at estimates that are known. What the ways cost is measured elsewhere.
namespace bridgewatch::store {
namespace {

using way = session_plan::way;

constexpr std::int64_t page = 101, small_page = 26;
constexpr double all = 2'000'000;
constexpr std::int64_t least = 1000, most = 400'000;

struct plan_case {
    std::string_view name;
    session_estimates known;
    way unnamed, named; ///< where the search does not name initiators, and where it does
    std::int64_t wanted = page;
};

std::ostream& operator<<(std::ostream& out, plan_case const& c)
{
    return out << c.name;
}

plan_case const plan_cases[] = {
    {"nearly everything", {.interceptions = all, .matching = all}, way::walk, way::walk},
    {"half", {.interceptions = all, .matching = all / 2}, way::walk, way::walk},
    {"10 %", {.interceptions = all, .matching = all / 10}, way::walk, way::walk_of_initiators},
    {"1 %", {.interceptions = all, .matching = all / 100}, way::group, way::walk_of_initiators},
    {"1 %, of which a few",
     {.interceptions = all, .matching = all / 100},
     way::group,
     way::walk_of_initiators,
     small_page},
    {"0.1 %", {.interceptions = all, .matching = all / 1000}, way::group, way::group},
    {"one row", {.interceptions = all, .matching = 1}, way::group, way::group},
    {"no row", {.interceptions = all, .matching = 0}, way::group, way::group},
    {"all of a few", {.interceptions = 200, .matching = 200}, way::group, way::group},
    {"an empty database", {.interceptions = 0, .matching = 0}, way::group, way::group},
    {"more than all, since estimates are apart", {.interceptions = all, .matching = 2 * all}, way::walk, way::walk},
    {"a page that is most of the list",
     {.interceptions = 100'000, .matching = 100'000},
     way::group,
     way::group,
     20'000},
    {"before last week", {.interceptions = all, .matching = all / 2, .passed_over = 10'000}, way::walk, way::walk},
    {"long ago", {.interceptions = all, .matching = all / 10, .passed_over = 2 * all}, way::group, way::group},
    {"further back than a walk goes",
     {.interceptions = all, .matching = all / 2, .passed_over = 500'000},
     way::group,
     way::group},
    {"nearly as far as a walk goes",
     {.interceptions = all, .matching = all / 16, .passed_over = 150'000},
     way::group,
     way::walk_of_initiators},
    {"half, prompts are not sorted",
     {.interceptions = all, .matching = all / 2, .prompts_sorted = false},
     way::walk,
     way::walk},
    {"10 %, prompts are not sorted",
     {.interceptions = all, .matching = all / 10, .prompts_sorted = false},
     way::group,
     way::group},
};

std::string name_of(way by)
{
    switch (by) {
    case way::table:
        return "table";
    case way::walk:
        return "walk";
    case way::walk_of_initiators:
        return "walk of initiators";
    case way::group:
        break;
    }
    return "group";
}

/// A result as libpq makes them, of one column. NULL where there is no text.
pg::rows rows_of(std::vector<char const*> const& texts)
{
    auto* const result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
    char name[] = "QUERY PLAN";
    constexpr unsigned json = 114;
    PGresAttDesc column{
        .name = name, .tableid = 0, .columnid = 0, .format = 1, .typid = json, .typlen = -1, .atttypmod = -1};
    BOOST_TEST_REQUIRE(PQsetResultAttrs(result, 1, &column) == 1);
    for (int row = 0; row < std::ssize(texts); ++row) {
        std::string text{texts[static_cast<std::size_t>(row)]};
        BOOST_TEST_REQUIRE(PQsetvalue(result, row, 0, text.data(), static_cast<int>(text.size())) == 1);
    }
    return pg::rows{result};
}

struct estimate_case {
    std::string_view name;
    char const* json;
    double rows, cost;
};

std::ostream& operator<<(std::ostream& out, estimate_case const& c)
{
    return out << c.name;
}

estimate_case const estimate_cases[] = {
    {"as PostgreSQL writes it",
     R"([
  {
    "Plan": {
      "Node Type": "Seq Scan",
      "Relation Name": "aibridge_interceptions",
      "Startup Cost": 0.00,
      "Total Cost": 43210.75,
      "Plan Rows": 2000000,
      "Plan Width": 4,
      "Plans": [{"Plan Rows": 7, "Total Cost": 1.5}]
    }
  }
])",
     2e6, 43210.75},
    {"more than 32 bits", R"([{"Plan":{"Plan Rows":9000000000000,"Total Cost":1e12}}])", 9e12, 1e12},
    {"rows alone", R"([{"Plan":{"Plan Rows":3}}])", 3, 0},
    {"cost alone", R"([{"Plan":{"Total Cost":8.31}}])", 0, 8.31},
    {"texts", R"([{"Plan":{"Plan Rows":"5","Total Cost":null}}])", 0, 0},
    {"no plan", R"([{"Query":{"Plan Rows":3,"Total Cost":8}}])", 0, 0},
    {"no list", R"({"Plan":{"Plan Rows":3,"Total Cost":8}})", 0, 0},
    {"empty list", "[]", 0, 0},
    {"a scalar", "5", 0, 0},
    {"cut off", R"([{"Plan":{"Plan Rows":3,"Total Cost":8)", 0, 0},
    {"no JSON", "Seq Scan on aibridge_interceptions  (cost=0.00..43210.75 rows=2000000 width=4)", 0, 0},
    {"nothing", "", 0, 0},
};

struct table_case {
    std::string_view name;
    double range;
    store::planner_estimate matching;
    std::int64_t wanted;
    way by;
};

std::ostream& operator<<(std::ostream& out, table_case const& c)
{
    return out << c.name;
}

table_case const table_cases[] = {
    {"all of it", all, {all, all}, page, way::table},
    {"a tenth", all, {all / 10, all / 10}, page, way::table},
    {"one in a thousand, which an index finds", all, {all / 1'000, all / 1'000}, page, way::group},
    {"one in a thousand, for which all is read", all, {all / 1'000, all}, page, way::table},
    {"nothing", all, {0, 10}, page, way::group},
    {"an empty log", 0, {0, 0}, page, way::group},
    {"few in a small range", 50, {40, 40}, page, way::group},
    {"all of a small range", 5'000, {5'000, 5'000}, page, way::table},
    {"more than the range, as estimates may be", 5'000, {50'000, 50'000}, page, way::table},
    {"far down the list", all, {all, all}, most, way::group},
    {"as far as a walk goes", all, {5 * all, 5 * all}, 300'000, way::table},
};

} // namespace

BOOST_AUTO_TEST_SUITE(store_session_plan)

BOOST_DATA_TEST_CASE(way_is_chosen, bdata::make(plan_cases), c)
{
    BOOST_TEST(name_of(plan_of_sessions(c.known, c.wanted, false).by) == name_of(c.unnamed));
    BOOST_TEST(name_of(plan_of_sessions(c.known, c.wanted, true).by) == name_of(c.named));
}

BOOST_DATA_TEST_CASE(budget_is_within_bounds, bdata::make(plan_cases) * bdata::make({false, true}), c, by_initiator)
{
    auto const plan = plan_of_sessions(c.known, c.wanted, by_initiator);
    if (plan.by == way::group) {
        BOOST_TEST((plan == session_plan{}));
        return;
    }
    BOOST_TEST(plan.budget >= least);
    BOOST_TEST(plan.budget <= most);
    BOOST_TEST(plan.most >= least);
    BOOST_TEST(plan.most <= most);
}

BOOST_AUTO_TEST_CASE(rarer_rows_are_walked_for_further)
{
    constexpr double shares[] = {1, 2, 4, 8};
    std::int64_t last = 0;
    for (auto const share : shares) {
        auto const plan = plan_of_sessions({.interceptions = all, .matching = all / share / 10}, page, true);
        BOOST_TEST_REQUIRE((plan.by == way::walk_of_initiators));
        BOOST_TEST(plan.budget > last);
        last = plan.budget;
    }
}

BOOST_DATA_TEST_CASE(the_table_is_used_where_few_are_visited, bdata::make(table_cases), c)
{
    auto const plan = plan_by_table(c.range, c.matching, c.wanted);
    BOOST_TEST(name_of(plan.by) == name_of(c.by));
    if (plan.by == way::group) {
        BOOST_TEST((plan == session_plan{}));
        return;
    }
    BOOST_TEST(plan.budget >= least);
    BOOST_TEST(plan.budget <= plan.most);
    BOOST_TEST(plan.most <= most);
    // It goes as far as the page needs where all is spread evenly, and more.
    BOOST_TEST(
        static_cast<double>(plan.budget) >=
        std::min(static_cast<double>(most), static_cast<double>(c.wanted) * std::max(1.0, c.range / c.matching.rows)));
}

BOOST_AUTO_TEST_CASE(everything_is_walked_unless_far_down_the_list)
{
    for (std::int64_t const wanted : {std::int64_t{50'000}, std::int64_t{INT32_MAX} + 1001})
        BOOST_TEST(name_of(plan_of_all_sessions(wanted).by) == "group");
    for (std::int64_t const wanted : {std::int64_t{2}, page, std::int64_t{1001}}) {
        auto const plan = plan_of_all_sessions(wanted);
        BOOST_TEST(name_of(plan.by) == "walk");
        BOOST_TEST(plan.budget >= std::min(wanted, most));
        BOOST_TEST(plan.budget <= plan.most);
        BOOST_TEST(plan.most == most);
    }
    BOOST_TEST(plan_of_all_sessions(page).budget == plan_of_all_sessions(2).budget);
    BOOST_TEST(plan_of_all_sessions(1001).budget > plan_of_all_sessions(page).budget);
}

BOOST_AUTO_TEST_CASE(walks_grow_until_they_are_the_longest)
{
    for (auto const& first :
         {plan_of_all_sessions(page), plan_of_sessions({.interceptions = all, .matching = all / 10}, page, true)}) {
        std::size_t walks = 1;
        auto last = first;
        for (auto next = longer(first); next; next = longer(*next), ++walks) {
            BOOST_TEST_REQUIRE(next->budget > last.budget);
            BOOST_TEST((next->by == first.by));
            BOOST_TEST(next->most == first.most);
            last = *next;
        }
        BOOST_TEST(last.budget == first.most);
        BOOST_TEST(walks > 1U);
        BOOST_TEST(walks <= 4U); // each is paid for
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_longer_is_not)
{
    BOOST_TEST(!longer(session_plan{}).has_value());
    BOOST_TEST(!longer({.by = way::group, .budget = 1, .most = 2}).has_value());
    BOOST_TEST(!longer({.by = way::walk, .budget = most, .most = most}).has_value());
    BOOST_TEST(!longer(plan_of_all_sessions(INT32_MAX)).has_value());
    BOOST_TEST(!longer(plan_of_sessions({.interceptions = all, .matching = all / 2}, page, false)).has_value());
    BOOST_TEST(longer({.by = way::walk, .budget = most - 1, .most = most}).value().budget == most);
}

BOOST_DATA_TEST_CASE(estimate_is_read, bdata::make(estimate_cases), c)
{
    auto const got = read_estimate(rows_of({c.json}));
    BOOST_TEST(got.rows == c.rows);
    BOOST_TEST(got.cost == c.cost);
}

BOOST_AUTO_TEST_CASE(no_rows_are_no_estimate)
{
    for (auto const& none : {read_estimate(pg::rows{}), read_estimate(rows_of({}))}) {
        BOOST_TEST(none.rows == 0);
        BOOST_TEST(none.cost == 0);
    }
}

BOOST_AUTO_TEST_CASE(one_descent_of_an_index_is_cheap_and_a_sort_is_not)
{
    BOOST_TEST(is_cheap({.rows = 1, .cost = 0.47}));
    BOOST_TEST(is_cheap({.rows = 1, .cost = 8.45}));
    BOOST_TEST(!is_cheap({.rows = 1, .cost = 95'000}));
    BOOST_TEST(!is_cheap({.rows = 1, .cost = 500}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::store
