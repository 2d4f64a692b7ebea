#include "db/sql/identities.hpp"
#include "db/sql/interceptions.hpp"
#include "grammar/check.hpp"
#include "test/support/golden_sql.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <sstream>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

auto const me = grammar::parse_uuid("99999999-2222-3333-4444-555555555555").value();

/// The lines of a golden file's `bounds` section.
struct asked {
    sql::page_bounds bounds;
    sql::visibility who;
    schema::shape shape = schema::newest_shape();
};

asked read_bounds(std::string const& text)
{
    asked out;
    std::istringstream in{text};
    for (std::string word, value; in >> word >> value;) {
        if (word == "limit")
            out.bounds.limit = std::stoll(value);
        else if (word == "offset")
            out.bounds.offset = std::stoll(value);
        else if (word == "after")
            out.bounds.after = grammar::parse_uuid(value);
        else if (word == "only")
            out.who.only_initiator = grammar::parse_uuid(value);
        else if (word == "schema")
            out.shape = {};
    }
    return out;
}

std::string without_line_feed(std::string text)
{
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

grammar::filter filter_of(std::string const& query)
{
    auto const checked = grammar::check(query, {.me = me});
    BOOST_TEST_REQUIRE(checked.faults.empty());
    return checked.meaning;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sql_statements)

BOOST_DATA_TEST_CASE(statement_is_as_agreed, bdata::make(test::golden_files("sql")), file)
{
    test::golden_file golden{file};
    auto const where = filter_of(without_line_feed(golden["query"]));
    auto const question = read_bounds(golden["bounds"]);
    auto const page = sql::page_of_interceptions(where, question.who, question.bounds, question.shape);
    golden.expect("page", page.text() + "\n");
    golden.expect("page parameters", test::parameters_of(page));
    auto const ids = sql::note_page(where, question.who, question.bounds, question.shape);
    golden.expect("page ids", ids ? ids->text() + "\n" : "none: put together from several\n");
    golden.expect("page ids parameters", ids ? test::parameters_of(*ids) : "");
    auto const count = sql::count_of_interceptions(where, question.who, 2000, question.shape);
    golden.expect("capped count", count.text() + "\n");
    golden.expect("capped count parameters", test::parameters_of(count));
}

BOOST_AUTO_TEST_CASE(only_conditions_on_columns_with_few_values_may_walk)
{
    for (auto const* query :
         {"", "model:a", "provider:a model:b*,c", "-client:Unknown", "initiator:me,me", "started_after:24h model:a",
          "(model:a OR provider:b) NOT provider_name:c", "error_type:timeout"})
        BOOST_TEST(sql::may_walk(filter_of(query)), query);
    for (auto const* query : {"session_id:a", "api_key_id:a", "id:11111111-2222-3333-4444-555555555555", "prompt:a",
                              "tool:a model:b", "input_tokens:>1", "ended:today", "model:a is:inflight",
                              "(model:a OR prompt:b)", "-has:tool", "metadata.a:b", "duration:>1s", "is:failed"})
        BOOST_TEST(!sql::may_walk(filter_of(query)), query);
}

BOOST_AUTO_TEST_CASE(a_plan_is_a_walk_where_it_sorts_nothing)
{
    BOOST_TEST(sql::is_walk(R"([{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": "Index Scan"}]}}])"));
    BOOST_TEST(!sql::is_walk(R"([{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": "Sort"}]}}])"));
    BOOST_TEST(!sql::is_walk(R"([{"Plan": {"Node Type": "Incremental Sort"}}])"));
    BOOST_TEST(sql::is_walk(R"-([{"Plan": {"Node Type": "Index Scan", "Filter": "x = '\"Node Type\": \"Sort\"'"}}])-"));
}

BOOST_AUTO_TEST_CASE(cost_of_a_plan_is_that_of_its_root)
{
    BOOST_TEST(sql::cost_of(R"([{"Plan": {"Node Type": "Limit", "Startup Cost": 0.5, "Total Cost": 36.26, "Plans": [{)"
                            R"("Total Cost": 271789.53}]}}])") == 36.26);
    BOOST_TEST(std::isinf(sql::cost_of("")));
    BOOST_TEST(std::isinf(sql::cost_of(R"([{"Plan": {"Total Cost": )")));
}

BOOST_AUTO_TEST_CASE(children_are_those_of_given_or_of_noted_interceptions)
{
    std::vector const ids{me};
    auto const given = sql::user_prompts_of(ids);
    BOOST_TEST(given.text().ends_with("WHERE p.interception_id = ANY($1)"));
    for (auto const& noted : {sql::token_usages_of(sql::noted, schema::newest_shape()),
                              sql::user_prompts_of(sql::noted), sql::tool_usages_of(sql::noted)}) {
        BOOST_TEST(noted.text().ends_with(
            ".interception_id = ANY(NULLIF(current_setting('bridgewatch.page', true), '')::uuid[])"));
        BOOST_TEST(noted.parameters().empty());
    }
}

BOOST_AUTO_TEST_CASE(values_never_change_the_text)
{
    auto const text_of = [](std::string const& query) {
        return sql::page_of_interceptions(filter_of(query), {}, {.limit = 5, .offset = 0, .after = {}},
                                          schema::newest_shape())
            .text();
    };
    BOOST_TEST(text_of("provider:openai") == text_of("provider:\"'; DROP TABLE users; --\""));
    BOOST_TEST(text_of("model:a") == text_of("model:a model:b model:c"));
    BOOST_TEST(text_of("client:Cursor") == text_of("client:Unknown"));
    BOOST_TEST(text_of("initiator:me") == text_of("initiator:11111111-2222-3333-4444-555555555555"));
    BOOST_TEST(text_of("initiator:me initiator:11111111-2222-3333-4444-555555555555") ==
               text_of("initiator:me initiator:11111111-2222-3333-4444-555555555555,"
                       "22222222-2222-3333-4444-555555555555"));
    BOOST_TEST(text_of("tool:a,b input_tokens:>1") == text_of("tool:\"$1; --\" input_tokens:>-9223372036854775808"));
    BOOST_TEST(text_of("model:a*,b") == text_of("model:%_*,*'*,\"'\",c"));
    BOOST_TEST(text_of("tool(name:a error:b -input:c)") == text_of("tool(name:\"'\",x error:\"%\" -input:\"');--\")"));
    BOOST_TEST(text_of("text:a") == text_of("text:\"'; DROP TABLE users; --\""));
    BOOST_TEST(text_of("prompt:a OR thinking:b") == text_of("prompt:\"$9\" OR thinking:\"\\'\""));
    BOOST_TEST(text_of("metadata.a:x") == text_of("metadata.a'b.\\.--:5,true,\"}'\""));
    BOOST_TEST(text_of("duration:1s..2s cost:<1") == text_of("duration:1ms..200w cost:<-0.000001"));
    BOOST_TEST(text_of("output_tokens:1") == text_of("output_tokens:1,2,3"));
    BOOST_TEST(text_of("injected:true has:tool") == text_of("injected:false,true has:tool"));
    BOOST_TEST(text_of("ended:>=2026-01-01") == text_of("ended:>\"0000-01-01T00:00:00.0000001Z\""));
    BOOST_TEST(
        text_of("id:11111111-2222-3333-4444-555555555555 error_type:x") ==
        text_of("id:{11111111222233334444555555555555},00000000-0000-0000-0000-000000000000 error_type:\"'\",y"));
    BOOST_TEST(text_of("started_after:\"2025-01-01T00:00:00Z\"") == text_of("started_after:\"0000-01-01T00:00:00Z\""));
}

BOOST_AUTO_TEST_CASE(exact_count_reads_no_more_than_the_filter)
{
    auto const count = sql::count_of_interceptions({}, {}, {}, schema::newest_shape());
    BOOST_TEST(count.text() ==
               "SELECT count(*) FROM aibridge_interceptions AS i JOIN visible_users AS v ON v.id = i.initiator_id "
               "WHERE i.ended_at IS NOT NULL");
    BOOST_TEST(count.parameters().empty());
}

BOOST_AUTO_TEST_CASE(scope_is_checked_where_a_column_has_it)
{
    schema::shape neither, one, many;
    one.api_keys.scope = true;
    many.api_keys.scopes = true;
    BOOST_TEST(sql::key_by_id("abc", neither).text().find("scope") == std::string::npos);
    BOOST_TEST(sql::key_by_id("abc", one).text().find("k.scope::text = ANY(") != std::string::npos);
    BOOST_TEST(sql::key_by_id("abc", many).text().find("k.scopes::text[] &&") != std::string::npos);
    BOOST_TEST(sql::key_by_id("abc", many).parameters().size() == 1U);
}

struct time_case {
    char const *rfc3339, *sql;
};

std::ostream& operator<<(std::ostream& out, time_case const& c)
{
    return out << c.rfc3339;
}

time_case const times[] = {{"2025-01-31T12:00:00Z", "2025-01-31 12:00:00.000000+00"},
                           {"2025-01-31T12:00:00.000001Z", "2025-01-31 12:00:00.000001+00"},
                           {"1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59.999999+00"},
                           {"0001-01-01T00:00:00Z", "0001-01-01 00:00:00.000000+00"},
                           {"0000-12-31T00:00:00Z", "0001-12-31 00:00:00.000000+00 BC"},
                           {"0000-01-01T00:00:00+23:59", "0002-12-31 00:01:00.000000+00 BC"},
                           {"9999-12-31T23:59:59.999999Z", "9999-12-31 23:59:59.999999+00"}};

BOOST_DATA_TEST_CASE(time_is_written_as_postgresql_reads_it, bdata::make(times), c)
{
    BOOST_TEST(sql::timestamp_text(grammar::parse_rfc3339(c.rfc3339).value().floor) == c.sql);
}

BOOST_AUTO_TEST_CASE(array_elements_are_quoted)
{
    BOOST_TEST(sql::array_text({}) == "{}");
    BOOST_TEST(sql::array_text({"a", "", "NULL", "b,c", "{}", "\"q\"", "\\"}) ==
               R"({"a","","NULL","b,c","{}","\"q\"","\\"})");
}

BOOST_AUTO_TEST_SUITE_END()
