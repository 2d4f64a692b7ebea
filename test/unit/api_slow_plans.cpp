#include "lib/api/slow_plans.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace bridgewatch::api {
namespace {

BOOST_AUTO_TEST_SUITE(api_slow_plans)

BOOST_AUTO_TEST_CASE(outline_has_nodes_and_no_values)
{
    std::string const plan = R"json([{"Plan": {"Node Type": "Limit", "Plan Rows": 10, "Total Cost": 3.6, "Plans": [
        {"Node Type": "Index Scan", "Relation Name": "aibridge_interceptions", "Index Name": "ix",
         "Index Cond": "(model = 'secret'::text)", "Filter": "(x = 'secret')", "Plan Rows": 25, "Total Cost": 12.2},
        {"Node Type": "Result", "Output": ["'secret'"], "Plan Rows": 1, "Total Cost": 0.01}]}}])json";
    BOOST_TEST(plan_outline(plan) == "Limit rows=10 cost=4(Index Scan aibridge_interceptions ix rows=25 cost=12, "
                                     "Result rows=1 cost=0)");
}

BOOST_AUTO_TEST_CASE(what_is_no_plan_has_no_outline)
{
    for (auto const* text : {"", "[]", "{}", "[1]", R"([{"Plan": 1}])", R"([{"Other": {}}])", "[{"})
        BOOST_TEST(plan_outline(text).empty(), text);
    BOOST_TEST(plan_outline(R"([{"Plan": {"Plans": [1, {}]}}])") == "()");
}

BOOST_AUTO_TEST_CASE(huge_plan_is_cut)
{
    std::string plan = R"([{"Plan": {"Node Type": "Append", "Plans": [)";
    for (int i = 0; i < 1000; ++i)
        plan += std::string{i == 0 ? "" : ","} + R"({"Node Type": "Seq Scan"})";
    plan += "]}}]";
    BOOST_TEST(plan_outline(plan).size() < 2000U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::api
