#include "grammar/check.hpp"
#include "test/support/fault_case.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace std::string_view_literals;

namespace bridgewatch::grammar {
namespace {

using test::fault_case;
using enum fault_code;

fault_case const fault_cases[] = {
    {"ends with a colon", "model:a provider:", edge_colon, "provider:", "q",
     R"(Query element "provider:" cannot start or end with ':')"},
    {"starts with a colon", "model:a :openai", edge_colon, ":openai", "q",
     R"(Query element ":openai" cannot start or end with ':')"},
    {"only a colon", ":", edge_colon, ":", "q", R"(Query element ":" cannot start or end with ':')"},
    {"two colons alone", "::", edge_colon, "::", "q", R"(Query element "::" cannot start or end with ':')"},
    {"edge before count", ":a:b:c", edge_colon, ":a:b:c", "q",
     R"(Query element ":a:b:c" cannot start or end with ':')"},
    {"ends with a colon in an unclosed quote", R"("a:)", edge_colon, R"("a:)", "q",
     R"(Query element "\"a:" cannot start or end with ':')"},
    {"value ends with a colon in an unclosed quote", R"(model:"a b:)", edge_colon, R"(model:"a b:)", "q",
     R"(Query element "model:\"a b:" cannot start or end with ':')"},
    {"two colons", "a:b:c", too_many_colons, "a:b:c", "q", R"(Query element "a:b:c" can only contain 1 ':')"},
    {"two colons in a row", "a::b", too_many_colons, "a::b", "q", R"(Query element "a::b" can only contain 1 ':')"},
    {"time without quotes", "started_after:2025-01-01T00:00:00Z", too_many_colons, "started_after:2025-01-01T00:00:00Z",
     "q", R"(Query element "started_after:2025-01-01T00:00:00Z" can only contain 1 ':')"},
    {"two colons, quotes and a backslash", R"(a:"b c":\d)", too_many_colons, R"(a:"b c":\d)", "q",
     R"(Query element "a:\"b c\":\\d" can only contain 1 ':')"},
    {"two colons, a tab and an odd byte", "a:\t\x7f:é", too_many_colons, "a:\t\x7f:é", "q",
     R"(Query element "a:\t\x7f:é" can only contain 1 ':')"},
    {"unknown key", "nothing:x", unknown_key, "nothing", "nothing",
     R"(Query param "nothing" is not a valid query param)"},
    {"misspelt key", "provider:openai modle:o3", unknown_key, "modle", "modle",
     R"(Query param "modle" is not a valid query param; did you mean "model"?)"},
    {"unknown key in upper case", "MODLE:o3", unknown_key, "MODLE", "modle",
     R"(Query param "modle" is not a valid query param; did you mean "model"?)"},
    {"unknown key with an empty value", R"(nothing:"")", unknown_key, "nothing", "nothing",
     R"(Query param "nothing" is not a valid query param)"},
    {"quoted key", R"("provider":x)", unknown_key, R"("provider")", R"("provider")",
     R"(Query param "\"provider\"" is not a valid query param; did you mean "provider"?)"},
    {"unknown key behind a minus", "-clinet:x", unknown_key, "clinet", "clinet",
     R"(Query param "clinet" is not a valid query param; did you mean "client"?)"},
    {"unknown key behind NOT, in a group", "(NOT clinet:x)", unknown_key, "clinet", "clinet",
     R"(Query param "clinet" is not a valid query param; did you mean "client"?)"},
    {"two colons behind a minus", "-a:b:c", too_many_colons, "a:b:c", "q",
     R"(Query element "a:b:c" can only contain 1 ':')"},
    {"edge colon before a parenthesis", "(model:)", edge_colon, "model:", "q",
     R"(Query element "model:" cannot start or end with ':')"},
    {"two colons, balanced parentheses", "(a:b(c:d))", too_many_colons, "a:b(c:d)", "q",
     R"q(Query element "a:b(c:d)" can only contain 1 ':')q"},
    {"short key", "mo:x", unknown_key, "mo", "mo", R"(Query param "mo" is not a valid query param)"},
    {"misspelt key of the whole language", "input_token:5", unknown_key, "input_token", "input_token",
     R"(Query param "input_token" is not a valid query param; did you mean "input_tokens"?)"},
    {"misspelt key with a path", "Metdata.Team:x", unknown_key, "Metdata.Team", "metdata.team",
     R"(Query param "metdata.team" is not a valid query param; did you mean "metadata.Team"?)"},
    {"misspelt key with a short path", "metdata.a:x", unknown_key, "metdata.a", "metdata.a",
     R"(Query param "metdata.a" is not a valid query param; did you mean "metadata.a"?)"},
    {"misspelt key with dots that nothing stands between", "metdata.a..b:x", unknown_key, "metdata.a..b",
     "metdata.a..b", R"(Query param "metdata.a..b" is not a valid query param)"},
    {"quoted key with a path", R"("metadata.a b":x)", unknown_key, R"("metadata.a b")", R"("metadata.a b")",
     R"(Query param "\"metadata.a b\"" is not a valid query param)"},
    {"misspelt by a character of two bytes", "mödel:x", unknown_key, "mödel", "mödel",
     R"(Query param "mödel" is not a valid query param; did you mean "model"?)"},
    {"misspelt by two characters of four and three bytes", "m𝄞d日l:x", unknown_key, "m𝄞d日l", "m𝄞d日l",
     R"(Query param "m𝄞d日l" is not a valid query param; did you mean "model"?)"},
    {"unknown key in upper case of other scripts", "ÀБΣ:x", unknown_key, "ÀБΣ", "àбσ",
     R"(Query param "àбσ" is not a valid query param)"},
    {"misspelt key with another path", "anotation.repo:x", unknown_key, "anotation.repo", "anotation.repo",
     R"(Query param "anotation.repo" is not a valid query param; did you mean "annotation.repo"?)"},
    {"key that lacks its path", "metadata:x", unknown_key, "metadata", "metadata",
     R"(Query param "metadata" is not a valid query param; did you mean "metadata."?)"},
    {"key of a tool call, outside", "name:x", unknown_key, "name", "name",
     R"(Query param "name" is not a valid query param)"},
    {"misspelt key of a tool call", "tool(nmae:x)", unknown_key, "nmae", "nmae",
     R"(Query param "nmae" is not a valid query param; did you mean "name"?)"},
    {"misspelt key of a tool call, in a group", "tool(name:a OR -(errro:x))", unknown_key, "errro", "errro",
     R"(Query param "errro" is not a valid query param; did you mean "error"?)"},
    {"key of an interception, inside of a tool call", "tool(model:x)", unknown_key, "model", "model",
     R"(Query param "model" is not a valid query param)"},
    {"key of an interception, behind a tool call", "tool(name:x) name:y", unknown_key, "name", "name",
     R"(Query param "name" is not a valid query param)", 2},
    {"bad after", "started_after:Tomorrow", bad_time, "Tomorrow", "started_after",
     R"(Query param "started_after" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "TOMORROW" is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h)"},
    {"bad before, quoted", R"(STARTED_BEFORE:"2025-01-01 00:00:00")", bad_time, "2025-01-01 00:00:00", "started_before",
     R"(Query param "started_before" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "2025-01-01 00:00:00" is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h)"},
    {"a comma is text in a bound", "started_after:7d,8d", bad_time, "7d,8d", "started_after",
     R"(Query param "started_after" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "7D,8D" is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h)"},
    {"a bound takes no comparison", "started_before:>7d", bad_time, ">7d", "started_before",
     R"(Query param "started_before" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): ">7D" is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h)"},
    {"NUL", "a\0b"sv, invalid_text, "\0"sv, "q", "Query holds a NUL character at column 2"},
    {"not UTF-8, column in characters", "é\xff:", invalid_text, "\xff", "q", "Query is not valid UTF-8 at column 2"},
};

checked_query check_plainly(std::string_view query)
{
    return check(query, {});
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_faults)

BOOST_DATA_TEST_CASE(fault_reads, bdata::make(fault_cases), c)
{
    test::expect_fault(c, check_plainly(c.query).faults);
}

struct several_case {
    std::string_view name, query;
    std::vector<fault_code> codes;
    std::string_view places;
};

std::ostream& operator<<(std::ostream& out, several_case const& c)
{
    return out << c.name;
}

several_case const several_cases[] = {
    {"of part one",
     R"(started_before:"2024-01-01T00:00:00Z" modle:x :a started_after:no client:y b:c:d )"
     R"(started_after:"2025-01-01T00:00:00Z" e:)",
     {empty_time_range, unknown_key, edge_colon, bad_time, not_recorded, too_many_colons, edge_colon},
     "2024-01-01T00:00:00Z|modle|:a|no|client|b:c:d|e:|"},
    {"of the whole language",
     "OR modle:x AND -(client:y OR () OR cost:x..y) tool(nam:z ) id:a,,b ) is:x,y tool(bash AND) (has:z",
     {syntax, unknown_key, not_recorded, syntax, bad_amount, bad_amount, unknown_key, syntax, syntax, bad_name,
      bad_name, syntax, syntax, bad_name},
     "OR|modle|client|()|x|y|nam|,|)|x|y|AND|(|z|"},
    {"range that is upside down, and what is wrong behind it",
     "cost:2..1 -modle:x duration:2s..1s NOT",
     {empty_range, unknown_key, empty_range, syntax},
     "2..1|modle|2s..1s|NOT|"},
    {"each value of a list",
     "id:x,00000000-0000-0000-0000-000000000000,y input_tokens:1,z,3",
     {bad_id, bad_id, bad_number},
     "x|y|z|"},
    {"values and their number", "has:x,prompt,y", {bad_name, bad_name}, "x|y|"},
    {"behind a parenthesis too many", "model:a) modle:b", {syntax, unknown_key}, ")|modle|"},
    {"behind terms and a parenthesis too many", "provider:a model:b) modle:c", {syntax, unknown_key}, ")|modle|"},
    {"behind two parentheses too many", "model:a)) modle:b", {syntax, syntax, unknown_key}, ")|)|modle|"},
};

BOOST_DATA_TEST_CASE(all_faults_in_the_order_of_the_query, bdata::make(several_cases), c)
{
    check_context context;
    context.recorded.keys.erase(key::client);
    auto const faults = check(c.query, context).faults;
    std::vector<fault_code> codes;
    std::string places;
    for (auto const& f : faults) {
        codes.push_back(f.code);
        places.append(test::place_in(c.query, f)).append(1, '|');
    }
    BOOST_TEST(places == c.places);
    BOOST_TEST((codes == c.codes));
}

BOOST_AUTO_TEST_CASE(unknown_user_reads)
{
    auto const named =
        grammar::unknown_user({.name = R"(al"ice)", .id = std::nullopt, .where = {.offset = 4, .length = 6}});
    BOOST_TEST((named == fault{.code = fault_code::unknown_user,
                               .where = span{4, 6},
                               .field = "initiator",
                               .detail = R"(Query param "initiator" has invalid value: user "al\"ice" either does not )"
                                         "exist, or you are unauthorized to view them"}));
}

BOOST_AUTO_TEST_CASE(sorting_keeps_equals_and_puts_the_placeless_first)
{
    auto const at = [](std::optional<span> where, char const* detail) {
        return fault{.code = unknown_key, .where = where, .field = "", .detail = detail};
    };
    std::vector<fault> faults{at(span{5, 1}, "c"), at(span{2, 9}, "a"), at(span{5, 1}, "d"),
                              at({}, "-"),         at(span{2, 1}, "b"), at({}, "+")};
    sort_faults(faults);
    std::string order;
    for (auto const& f : faults)
        order += f.detail;
    BOOST_TEST(order == "-+abcd");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
