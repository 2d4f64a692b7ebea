#include "db/sql/acceleration.hpp"
#include "db/sql/rollup.hpp"
#include "db/sql/session_table.hpp"
#include "grammar/check.hpp"
#include "test/support/golden_sql.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

// The statements that read the tables for sessions and counts.
namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

schema::shape accelerated()
{
    auto out = schema::newest_shape();
    out.acceleration = true;
    return out;
}

/// What a golden file asks.
struct asked {
    grammar::filter where;
    sql::visibility who;
    schema::shape shape = accelerated();
    std::optional<sql::session_position> after;
    sql::table_walk walk;
    std::int64_t limit = 0, offset = 0, cap = 0;

    [[nodiscard]] sql::session_search search() const
    {
        return {.where = where, .who = who, .database = shape, .after = after};
    }
};

asked read_question(test::golden_file const& golden)
{
    test::golden_bounds const bounds{golden["bounds"]};
    bounds.require_only({"only", "after", "matches", "budget", "below", "limit", "offset", "cap"});
    asked out{
        .where = test::sessions_where(golden["query"]),
        .who = {.only_initiator = bounds.id("only")},
        .after = {},
        .walk = {.matches = bounds.number("matches"), .budget = bounds.number("budget"), .below = bounds.time("below")},
        .limit = bounds.number("limit"),
        .offset = bounds.number("offset"),
        .cap = bounds.number("cap")};
    if (auto const at = bounds.time("after"))
        out.after = {.last_active_at = *at,
                     .session_id = "s",
                     .initiator_id = grammar::parse_uuid("11111111-2222-3333-4444-555555555555").value()};
    return out;
}

struct named_statement {
    std::string_view name;
    sql::statement (*make)(asked const& question);
};

constexpr named_statement statements[] = {
    {"state", [](asked const&) { return sql::acceleration_state(); }},
    {"rolled_up_count", [](asked const& q) { return sql::rolled_up_count(q.where, q.who, {}, q.shape); }},
    {"capped_rolled_up_count", [](asked const& q) { return sql::rolled_up_count(q.where, q.who, q.cap, q.shape); }},
    {"page_of_table", [](asked const& q) { return sql::page_of_table(q.search(), q.limit, q.offset); }},
    {"count_of_table", [](asked const& q) { return sql::count_of_table(q.search(), {}); }},
    {"capped_count_of_table", [](asked const& q) { return sql::count_of_table(q.search(), q.cap); }},
    {"visited_sessions", [](asked const& q) { return sql::visited_sessions(q.search(), q.walk); }},
    {"sessions_outside_walk",
     [](asked const& q) { return sql::sessions_outside_walk(q.search(), sql::top_of_walk(q.search())); }},
    {"behind_walk", [](asked const& q) { return sql::behind_walk(q.search(), q.walk); }},
    {"estimate_of_range", [](asked const& q) { return sql::estimate_of_range(q.search()); }},
};

struct rolled_up_case {
    std::string_view query;
    bool is_rolled_up, is_in_table;
};

std::ostream& operator<<(std::ostream& out, rolled_up_case const& c)
{
    return out << '"' << c.query << '"';
}

rolled_up_case const rolled_up_cases[] = {
    {"", true, true},
    {"initiator:me", true, true},
    {"-initiator:me", true, false},
    {"provider:a provider_name:b* model:c client:d initiator:me", true, false},
    {"provider:a OR -(model:b client:c)", true, false},
    {"started:>=2026-01-01 started_before:2026-02-01 model:a", true, false},
    {"started:2026-01-01", true, false},
    {"started:>=2026-01-01 AND started:<2026-02-01", true, false},
    {"model:a AND (started:>=2026-01-01 AND (-client:b AND started:<2026-02-01))", true, false},
    {"(started:>=2026-01-01 AND model:a) OR model:b", false, false},
    {"started:2026-01-01,2026-02-01", false, false},
    {"-started:2026-01-01", false, false},
    {"started:2026-01-01 OR model:a", false, false},
    {"ended:2026-01-01", false, false},
    {"session_id:a", false, false},
    {"api_key_id:a", false, false},
    {"error_type:timeout", false, false},
    {"model:a tool:b", false, false},
    {"model:a OR has:prompt", false, false},
    {"is:completed", false, false},
    {"is:inflight", false, false},
    {"metadata.a:b", false, false},
    {"input_tokens:>5", false, false},
};

struct top_case {
    std::string_view query, after, top; ///< times; "" where there is none
};

std::ostream& operator<<(std::ostream& out, top_case const& c)
{
    return out << '"' << c.query << "\" after " << c.after;
}

top_case const top_cases[] = {
    {"", "", ""},
    {"model:a", "", ""},
    {"started:>=2026-01-01", "", ""},
    {"started:<2026-01-01", "", "2026-01-01T00:00:00Z"},
    {"started:2026-01-01", "", "2026-01-02T00:00:00Z"},
    {"started:<2026-01-05 model:a started_before:2026-01-03", "", "2026-01-03T00:00:00.000001Z"},
    {"model:a OR started:<2026-01-01", "", ""},
    {"-started:<2026-01-01", "", ""},
    {"model:a", "2026-01-01T01:02:03Z", "2026-01-01T01:02:03Z"},
    {"started:<2026-01-01", "2025-12-31T01:02:03Z", "2025-12-31T01:02:03Z"},
    {"started:<2026-01-01", "2026-03-01T01:02:03Z", "2026-01-01T00:00:00Z"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(sql_acceleration)

BOOST_DATA_TEST_CASE(statement_is_as_agreed, bdata::make(test::golden_files("acceleration")), file)
{
    test::golden_file golden{file};
    auto const question = read_question(golden);
    auto const asks = [&golden](std::string_view name) { return golden["statements"].find(name) != std::string::npos; };
    BOOST_TEST((!asks("rolled_up_count") || sql::is_rolled_up(question.where, question.shape)));
    BOOST_TEST((!asks("of_table") || sql::is_in_table(question.search())));
    test::expect_statements(golden, statements, question);
}

BOOST_AUTO_TEST_CASE(each_statement_is_in_a_file)
{
    test::expect_each_in_a_file(statements, "acceleration");
}

BOOST_DATA_TEST_CASE(what_the_tables_answer, bdata::make(rolled_up_cases), c)
{
    auto const where = test::sessions_where(std::string{c.query});
    sql::visibility const everybody;
    auto const shape = accelerated();
    BOOST_TEST(sql::is_rolled_up(where, shape) == c.is_rolled_up);
    BOOST_TEST(!sql::is_rolled_up(where, schema::newest_shape()));
    BOOST_TEST(sql::is_in_table({.where = where, .who = everybody, .database = shape, .after = {}}) == c.is_in_table);
}

BOOST_DATA_TEST_CASE(a_walk_starts_where_nothing_is_above, bdata::make(top_cases), c)
{
    asked question{.where = test::sessions_where(std::string{c.query}), .who = {}, .after = {}, .walk = {}};
    if (!c.after.empty())
        question.after = {
            .last_active_at = grammar::parse_rfc3339(c.after).value().floor, .session_id = "s", .initiator_id = {}};
    auto const top = sql::top_of_walk(question.search());
    BOOST_TEST((top ? grammar::to_rfc3339(*top) : "") == c.top);
}

BOOST_AUTO_TEST_CASE(sessions_of_the_last_day_that_there_is_are_found)
{
    asked const question{.where = test::sessions_where("model:a"), .who = {}, .after = {}, .walk = {}};
    auto const made = sql::sessions_outside_walk(question.search(), grammar::sys_micro::max() - std::chrono::hours{1});
    BOOST_TEST(std::ranges::count(made.parameters(), std::optional<std::string>{"infinity"}, &pg::parameter::value) ==
               2);
}

BOOST_AUTO_TEST_CASE(an_initiator_of_two_names_is_looked_for_once)
{
    asked const question{.where =
                             test::sessions_where("initiator:me,99999999-2222-3333-4444-555555555555 initiator:me"),
                         .who = {},
                         .after = {},
                         .walk = {}};
    auto const ids = sql::known_initiators(question.search());
    BOOST_TEST_REQUIRE(ids.has_value());
    BOOST_TEST(ids->size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
