#include "db/sql/distinct_values.hpp"
#include "db/sql/values.hpp"
#include "test/support/golden_sql.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

/// What a golden file asks.
struct asked {
    std::vector<std::string> prefixes;
    sql::visibility who;
    schema::shape shape = schema::newest_shape();
    std::int64_t limit = 0, offset = 0;

    [[nodiscard]] sql::statement values_of(sql::value_list which) const
    {
        return sql::distinct_values(which, prefixes, who, limit, offset, shape);
    }
};

asked read_question(test::golden_file const& golden)
{
    test::golden_bounds const bounds{golden["bounds"]};
    bounds.require_only({"only", "schema", "limit", "offset"});
    asked out{.prefixes = {},
              .who = {.only_initiator = bounds.id("only")},
              .limit = bounds.number("limit"),
              .offset = bounds.number("offset")};
    std::istringstream prefixes{golden["prefixes"]};
    for (std::string prefix; std::getline(prefixes, prefix) && !prefix.empty();)
        out.prefixes.push_back(prefix);
    if (bounds.has("schema"))
        out.shape = {};
    return out;
}

struct named_statement {
    std::string_view name;
    sql::statement (*make)(asked const& question);
};

constexpr named_statement statements[] = {
    {"models", [](asked const& q) { return q.values_of(sql::value_list::models); }},
    {"clients", [](asked const& q) { return q.values_of(sql::value_list::clients); }},
};

struct pattern_case {
    std::string_view prefix, pattern;
};

std::ostream& operator<<(std::ostream& out, pattern_case const& c)
{
    return out << '"' << c.prefix << '"';
}

pattern_case const pattern_cases[] = {
    {"", "%"},
    {"gpt", "gpt%"},
    {"gpt*", "gpt*%"},
    {"100%", R"(100\%%)"},
    {"snake_case", R"(snake\_case%)"},
    {R"(C:\)", R"(C:\\%)"},
    {R"(\%)", R"(\\\%%)"},
    {"'; --$1", "'; --$1%"},
    {"é模", "é模%"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(sql_distinct_values)

BOOST_DATA_TEST_CASE(statement_is_as_agreed, bdata::make(test::golden_files("values")), file)
{
    test::golden_file golden{file};
    test::expect_statements(golden, statements, read_question(golden));
}

BOOST_AUTO_TEST_CASE(each_statement_is_in_a_file)
{
    test::expect_each_in_a_file(statements, "values");
}

BOOST_AUTO_TEST_CASE(prefixes_never_change_the_text)
{
    asked const harmless{.prefixes = {"a"}, .who = {}, .limit = 1};
    asked const hostile{.prefixes = {R"('"{},\ $1 ; -- )", "%", "b"}, .who = {}, .limit = INT64_MAX, .offset = 7};
    for (auto const& one : statements)
        BOOST_TEST(one.make(harmless).text() == one.make(hostile).text(), one.name);
}

BOOST_DATA_TEST_CASE(prefix_as_a_pattern_of_like, bdata::make(pattern_cases), c)
{
    BOOST_TEST(sql::prefix_pattern(c.prefix) == c.pattern);
}

BOOST_AUTO_TEST_SUITE_END()
