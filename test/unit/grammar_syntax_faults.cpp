#include "test/support/fault_case.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace bdata = boost::unit_test::data;
using namespace std::string_view_literals;

namespace bridgewatch::grammar {
namespace {

using test::fault_case;
using enum fault_code;

fault_case const operator_cases[] = {
    {"OR without a left side", "OR model:a", syntax, "OR", "q",
     R"(Query has nothing before "OR" at column 1, expected a term)"},
    {"AND without a left side", "AND model:a", syntax, "AND", "q",
     R"(Query has nothing before "AND" at column 1, expected a term)"},
    {"OR without a right side", "model:a OR", syntax, "OR", "q",
     R"(Query has nothing after "OR" at column 9, expected a term)"},
    {"AND without a right side", "model:a AND  ", syntax, "AND", "q",
     R"(Query has nothing after "AND" at column 9, expected a term)"},
    {"NOT without an operand", "model:a NOT", syntax, "NOT", "q",
     R"(Query has nothing after "NOT" at column 9, expected a term)"},
    {"OR alone", "OR", syntax, "OR", "q", R"(Query has nothing before "OR" at column 1, expected a term)"},
    {"AND alone", " AND ", syntax, "AND", "q", R"(Query has nothing before "AND" at column 2, expected a term)"},
    {"NOT alone", "NOT", syntax, "NOT", "q", R"(Query has nothing after "NOT" at column 1, expected a term)"},
    {"OR OR", "model:a OR OR model:b", syntax, "OR", "q",
     R"(Query has nothing after "OR" at column 9, expected a term)"},
    {"AND OR", "model:a AND OR model:b", syntax, "AND", "q",
     R"(Query has nothing after "AND" at column 9, expected a term)"},
    {"OR AND", "model:a OR AND model:b", syntax, "OR", "q",
     R"(Query has nothing after "OR" at column 9, expected a term)"},
    {"NOT OR", "NOT OR model:a", syntax, "NOT", "q", R"(Query has nothing after "NOT" at column 1, expected a term)"},
    {"NOT AND", "model:b NOT AND model:a", syntax, "NOT", "q",
     R"(Query has nothing after "NOT" at column 9, expected a term)"},
    {"NOT NOT", "NOT NOT", syntax, "NOT", "q", R"(Query has nothing after "NOT" at column 5, expected a term)", 2},
    {"minus NOT", "-NOT", syntax, "NOT", "q", R"(Query has nothing after "NOT" at column 2, expected a term)"},
    {"minus before an operator is a sign", "--NOT OR a", syntax, "NOT", "q",
     R"(Query has nothing after "NOT" at column 3, expected a term)"},
    {"OR at a group's start", "(OR model:a)", syntax, "OR", "q",
     R"(Query has nothing before "OR" at column 2, expected a term)"},
    {"OR at a group's end", "(model:a OR)", syntax, "OR", "q",
     R"(Query has nothing after "OR" at column 10, expected a term)"},
    {"AND at a group's end, with a space", "(model:a AND )", syntax, "AND", "q",
     R"(Query has nothing after "AND" at column 10, expected a term)"},
    {"NOT in a group", "model:a (NOT)", syntax, "NOT", "q",
     R"(Query has nothing after "NOT" at column 10, expected a term)"},
    {"OR in a tool call", "tool(name:a OR)", syntax, "OR", "q",
     R"(Query has nothing after "OR" at column 13, expected a term)"},
    {"AND alone in a tool call", "tool(AND)", syntax, "AND", "q",
     R"(Query has nothing before "AND" at column 6, expected a term)"},
    {"column in characters, position in bytes", "é🦊模 OR", syntax, "OR", "q",
     R"(Query has nothing after "OR" at column 5, expected a term)"},
    {"column behind quotes", R"("ü ö" AND)", syntax, "AND", "q",
     R"(Query has nothing after "AND" at column 7, expected a term)"},
};

fault_case const parenthesis_cases[] = {
    {"empty group", "()", syntax, "()", "q", "Query has an empty group at column 1, expected a term"},
    {"empty group with spaces", "model:a (  ) model:b", syntax, "(  )", "q",
     "Query has an empty group at column 9, expected a term"},
    {"empty group in a group", "(model:a ())", syntax, "()", "q",
     "Query has an empty group at column 10, expected a term"},
    {"empty groups in each other", "((()))", syntax, "()", "q",
     "Query has an empty group at column 3, expected a term"},
    {"empty group behind a minus", "-()", syntax, "()", "q", "Query has an empty group at column 2, expected a term"},
    {"empty group behind NOT", "NOT ( )", syntax, "( )", "q", "Query has an empty group at column 5, expected a term"},
    {"empty group behind OR", "model:a OR ()", syntax, "()", "q",
     "Query has an empty group at column 12, expected a term"},
    {"empty group before AND", "() AND model:a", syntax, "()", "q",
     "Query has an empty group at column 1, expected a term"},
    {"empty tool call", "tool()", syntax, "tool()", "q", "Query has an empty group at column 1, expected a term"},
    {"empty tool call with a space", "model:a -Tool( )", syntax, "Tool( )", "q",
     "Query has an empty group at column 10, expected a term"},
    {"group that is not closed", "(model:a", syntax, "(", "q",
     R"q(Query has "(" that is not closed at column 1, expected ")")q"},
    {"inner group that is not closed", "((model:a)", syntax, "(", "q",
     R"q(Query has "(" that is not closed at column 1, expected ")")q"},
    {"parenthesis alone", "é (", syntax, "(", "q", R"q(Query has "(" that is not closed at column 3, expected ")")q"},
    {"minus and a parenthesis alone", "-(", syntax, "(", "q",
     R"q(Query has "(" that is not closed at column 2, expected ")")q"},
    {"tool call that is not closed", "model:a TOOL(name:a", syntax, "TOOL(", "q",
     R"q(Query has "TOOL(" that is not closed at column 9, expected ")")q"},
    {"closed by a value's parenthesis only", "(model:f(a)", syntax, "(", "q",
     R"q(Query has "(" that is not closed at column 1, expected ")")q"},
    {"closed in a quote only", R"q((model:"a)")q", syntax, "(", "q",
     R"q(Query has "(" that is not closed at column 1, expected ")")q"},
    {"closed in an unclosed quote only", R"q((model:"a) model:b)q", syntax, "(", "q",
     R"q(Query has "(" that is not closed at column 1, expected ")")q"},
    {"parenthesis that was not opened", "model:a)", syntax, ")", "q",
     R"q(Query has ")" without a "(" at column 8, expected a term or the end of the query)q"},
    {"that alone", ")", syntax, ")", "q",
     R"q(Query has ")" without a "(" at column 1, expected a term or the end of the query)q"},
    {"that between terms", "é) model:b", syntax, ")", "q",
     R"q(Query has ")" without a "(" at column 2, expected a term or the end of the query)q"},
    {"that behind a group", "(model:a))", syntax, ")", "q",
     R"q(Query has ")" without a "(" at column 10, expected a term or the end of the query)q", 2},
    {"that behind a value with one", "model:f(a))", syntax, ")", "q",
     R"q(Query has ")" without a "(" at column 11, expected a term or the end of the query)q", 2},
    {"tool call in a tool call", "tool(name:a tool(name:b))", syntax, "tool(", "q",
     R"q(Query has a "tool(" inside of a "tool(" at column 13, expected a term)q", 2},
    {"tool call in a group in a tool call", "tool(-(name:a OR Tool(name:b)))", syntax, "Tool(", "q",
     R"q(Query has a "tool(" inside of a "tool(" at column 18, expected a term)q"},
};

fault_case const value_cases[] = {
    {"list without its first value", "model:,a", syntax, ",", "q",
     "Query has an empty value at column 7, expected a value"},
    {"list without its last value", "model:a,", syntax, ",", "q",
     "Query has an empty value at column 8, expected a value"},
    {"list without one between", "model:a,,b", syntax, ",", "q",
     "Query has an empty value at column 9, expected a value", 2},
    {"list behind a minus", "-model:a,", syntax, ",", "q", "Query has an empty value at column 9, expected a value"},
    {"list in a group", "(model:a,)", syntax, ",", "q", "Query has an empty value at column 9, expected a value"},
    {"list in a tool call", "tool(name:a,)", syntax, ",", "q",
     "Query has an empty value at column 12, expected a value"},
    {"list of quoted values", R"(model:"é,",)", syntax, ",", "q",
     "Query has an empty value at column 11, expected a value", 2},
    {"list of words", "has:prompt,", syntax, ",", "q", "Query has an empty value at column 11, expected a value"},
    {"list of numbers", "cost:1,,2", syntax, ",", "q", "Query has an empty value at column 8, expected a value", 2},
    {"list of a key with a path", "metadata.é:a,", syntax, ",", "q",
     "Query has an empty value at column 13, expected a value"},
    {"< without a value", "cost:<", syntax, "<", "q", R"(Query has nothing after "<" at column 6, expected a value)"},
    {"<= without a value", "cost:<=", syntax, "<=", "q",
     R"(Query has nothing after "<=" at column 6, expected a value)"},
    {"> without a value", "(duration:>)", syntax, ">", "q",
     R"(Query has nothing after ">" at column 11, expected a value)"},
    {">= without a value, behind a minus", "é -started:>=", syntax, ">=", "q",
     R"(Query has nothing after ">=" at column 12, expected a value)"},
    {"range without an end", "cost:1..", syntax, "1..", "q",
     R"(Query has a range that lacks an end at column 6, expected a value or "*")"},
    {"range without a start", "cost:..2", syntax, "..2", "q",
     R"(Query has a range that lacks an end at column 6, expected a value or "*")"},
    {"range without both", "é cost:..", syntax, "..", "q",
     R"(Query has a range that lacks an end at column 8, expected a value or "*")"},
    {"range of quoted values", R"(started:"2025-01-01T00:00:00Z"..)", syntax, R"("2025-01-01T00:00:00Z"..)", "q",
     R"(Query has a range that lacks an end at column 9, expected a value or "*")"},
    {"range in a group", "(ended:*..)", syntax, "*..", "q",
     R"(Query has a range that lacks an end at column 8, expected a value or "*")"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_syntax_faults)

BOOST_DATA_TEST_CASE(operator_without_an_operand, bdata::make(operator_cases), c)
{
    test::expect_fault(c, check(c.query, {}).faults);
}

BOOST_DATA_TEST_CASE(parenthesis_without_its_partner_or_a_term, bdata::make(parenthesis_cases), c)
{
    test::expect_fault(c, check(c.query, {}).faults);
}

BOOST_DATA_TEST_CASE(operand_that_is_incomplete, bdata::make(value_cases), c)
{
    test::expect_fault(c, check(c.query, {}).faults);
}

BOOST_AUTO_TEST_CASE(each_operator_that_lacks_something_is_a_fault)
{
    auto const query = "AND (OR) model:a AND AND AND NOT"sv;
    std::string places;
    for (auto const& f : check(query, {}).faults)
        places += std::to_string(f.where.value().offset) + f.detail.substr(0, f.detail.find(" at ")) + "\n";
    BOOST_TEST(places == "0Query has nothing before \"AND\"\n"
                         "5Query has nothing before \"OR\"\n"
                         "17Query has nothing after \"AND\"\n"
                         "21Query has nothing after \"AND\"\n"
                         "29Query has nothing after \"NOT\"\n");
}

BOOST_AUTO_TEST_CASE(each_empty_element_is_a_fault)
{
    auto const offsets_of = [](std::string const& list) {
        std::string offsets;
        for (auto const& f : check("model:" + list, {}).faults)
            offsets += std::to_string(f.where.value().offset) + " ";
        return offsets;
    };
    BOOST_TEST(offsets_of(",a,,b,") == "6 9 11 ");
    BOOST_TEST(offsets_of(",") == "6 6 "); // the values before it and behind it
    BOOST_TEST(offsets_of(R"("",,"")") == "9 ");
}

BOOST_AUTO_TEST_CASE(each_parenthesis_too_many_is_a_fault)
{
    auto const faults = check("a)) (b", {}).faults;
    BOOST_TEST_REQUIRE(faults.size() == 3U);
    BOOST_TEST((faults[0].where == span{1, 1}));
    BOOST_TEST((faults[1].where == span{2, 1}));
    BOOST_TEST((faults[2].where == span{4, 1}));
}

BOOST_AUTO_TEST_CASE(what_is_right_is_kept_beside_syntax_faults)
{
    auto const read = [](std::string_view query) { return check(query, {}).tree; };
    auto const same = [&](std::string_view faulty, std::string_view right) { return read(faulty) == read(right); };
    BOOST_TEST(same("OR a:1 AND", "a:1"));
    BOOST_TEST(same("a:1 OR OR b:2", "a:1 OR b:2"));
    BOOST_TEST(same("a:1 model:b,, c:3", "a:1 c:3"));
    BOOST_TEST(same("(a:1 OR b:2", "a:1 OR b:2"));
    BOOST_TEST(same("a:1) b:2", "a:1 b:2"));
    BOOST_TEST(same("() OR -() OR a:1", "a:1"));
    BOOST_TEST(same("tool(name:a", "tool(name:a)"));
    BOOST_TEST(same("NOT", ""));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
