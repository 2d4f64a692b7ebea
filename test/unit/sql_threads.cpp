#include "db/sql/threads.hpp"
#include "test/support/golden_sql.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

grammar::uuid numbered(std::uint8_t number)
{
    grammar::uuid out;
    out.bytes.back() = number;
    return out;
}

/// What a golden file asks. The interceptions and threads are always the same.
struct asked {
    sql::session_position key;
    sql::visibility who;
    schema::shape shape = schema::newest_shape();
    sql::thread_bounds threads;
    std::vector<grammar::uuid> ids{numbered(1), numbered(2)};

    [[nodiscard]] sql::session_scope scope() const { return {.of = key, .who = who, .database = shape}; }

    [[nodiscard]] sql::thread_members members() const { return {.interceptions = ids, .threads = {ids[0], ids[0]}}; }
};

asked read_question(test::golden_file const& golden)
{
    test::golden_bounds const bounds{golden["bounds"]};
    bounds.require_only({"session", "initiator", "only", "schema", "limit", "after", "before"});
    asked out{.key = {.session_id = bounds.text("session"), .initiator_id = bounds.id("initiator").value()},
              .who = {.only_initiator = bounds.id("only")},
              .threads = {.limit = bounds.number("limit"), .after = bounds.id("after"), .before = bounds.id("before")}};
    if (bounds.has("schema"))
        out.shape = {};
    return out;
}

struct named_statement {
    std::string_view name;
    sql::statement (*make)(asked const& question);
};

constexpr named_statement statements[] = {
    {"page_of_threads", [](asked const& q) { return sql::page_of_threads(q.scope(), q.threads); }},
    {"thread_exists", [](asked const& q) { return sql::thread_exists(q.scope(), q.ids[0]); }},
    {"members_of_threads", [](asked const& q) { return sql::members_of_threads(q.scope(), q.ids); }},
    {"first_prompts_of", [](asked const& q) { return sql::first_prompts_of(q.ids); }},
    {"thoughts_of", [](asked const& q) { return sql::thoughts_of(q.ids); }},
    {"token_sums_of", [](asked const& q) { return sql::token_sums_of(q.members(), q.shape); }},
    {"metadata_sums_of", [](asked const& q) { return sql::metadata_sums_of(q.members()); }},
    {"metadata_sums_of_session", [](asked const& q) { return sql::metadata_sums_of_session(q.scope()); }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(sql_threads)

BOOST_DATA_TEST_CASE(statement_is_as_agreed, bdata::make(test::golden_files("threads")), file)
{
    test::golden_file golden{file};
    test::expect_statements(golden, statements, read_question(golden));
}

BOOST_AUTO_TEST_CASE(each_statement_is_in_a_file)
{
    test::expect_each_in_a_file(statements, "threads");
}

BOOST_AUTO_TEST_CASE(values_never_change_the_text)
{
    asked const harmless{
        .key = {.session_id = "s", .initiator_id = {}}, .who = {}, .threads = {.limit = 1, .after = {}, .before = {}}};
    asked hostile{.key = {.session_id = R"('"{},\ $1 ; -- )", .initiator_id = numbered(255)},
                  .who = {},
                  .threads = {.limit = INT64_MAX, .after = {}, .before = {}}};
    hostile.ids.resize(200);
    for (auto const& one : statements)
        BOOST_TEST(one.make(harmless).text() == one.make(hostile).text(), one.name);
}

BOOST_AUTO_TEST_SUITE_END()
