#include "grammar/check.hpp"
#include "grammar/limits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;
using namespace std::string_view_literals;

namespace bridgewatch::grammar {
namespace {

/// One fault a case. `place` is the faulty text itself, so that the table shows what a caret would.
struct fault_case {
    std::string_view name, query;
    fault_code code;
    std::string_view place;
    std::string_view field, detail;
};

std::ostream& operator<<(std::ostream& out, fault_case const& c)
{
    return out << c.name;
}

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
    {"leading minus", "-client:x", unknown_key, "-client", "-client",
     R"(Query param "-client" is not a valid query param; did you mean "client"?)"},
    {"key of another list", "session_id:x", unknown_key, "session_id", "session_id",
     R"(Query param "session_id" is not a valid query param)"},
    {"short key", "mo:x", unknown_key, "mo", "mo", R"(Query param "mo" is not a valid query param)"},
    {"bad after", "started_after:Yesterday", bad_time, "Yesterday", "started_after",
     R"(Query param "started_after" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "YESTERDAY" is not an RFC 3339 time)"},
    {"bad before, quoted", R"(STARTED_BEFORE:"2025-01-01 00:00:00")", bad_time, "2025-01-01 00:00:00", "started_before",
     R"(Query param "started_before" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "2025-01-01 00:00:00" is not an RFC 3339 time)"},
    {"relative time", "started_after:-24h", bad_time, "-24h", "started_after",
     R"(Query param "started_after" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "-24H" is not an RFC 3339 time)"},
    {"before equals after", R"(started_after:"2025-01-01T00:00:00Z" started_before:"2025-01-01T01:00:00+01:00")",
     empty_time_range, "2025-01-01T01:00:00+01:00", "started_before",
     R"(Query param "started_before" has invalid value: "started_before" must be after "started_after" if set)"},
    {"before precedes after, written first",
     R"(started_before:"2024-01-01T00:00:00Z" started_after:"2025-01-01T00:00:00Z")", empty_time_range,
     "2024-01-01T00:00:00Z", "started_before",
     R"(Query param "started_before" has invalid value: "started_before" must be after "started_after" if set)"},
    {"before is not after the latest of several",
     R"(started_after:"2025-01-01T00:00:00Z" started_before:"2025-01-02T00:00:00Z" started_after:"2025-01-03T00:00:00Z")",
     empty_time_range, "2025-01-02T00:00:00Z", "started_before",
     R"(Query param "started_before" has invalid value: "started_before" must be after "started_after" if set)"},
    {"the latest of several, written first",
     R"(started_after:"2025-01-03T00:00:00Z" started_after:"2025-01-01T00:00:00Z" started_before:"2025-01-02T00:00:00Z")",
     empty_time_range, "2025-01-02T00:00:00Z", "started_before",
     R"(Query param "started_before" has invalid value: "started_before" must be after "started_after" if set)"},
    {"equal below a microsecond",
     R"(started_after:"2025-01-01T00:00:00.1234567Z" started_before:"2025-01-01T00:00:00.123456700Z")",
     empty_time_range, "2025-01-01T00:00:00.123456700Z", "started_before",
     R"(Query param "started_before" has invalid value: "started_before" must be after "started_after" if set)"},
    {"NUL", "a\0b"sv, invalid_text, "\0"sv, "q", "Query holds a NUL character at column 2"},
    {"not UTF-8, column in characters", "é\xff:", invalid_text, "\xff", "q", "Query is not valid UTF-8 at column 2"},
};

checked_query check_plainly(std::string_view query)
{
    return check(query, {});
}

std::string_view place_in(std::string_view query, fault const& f)
{
    return query.substr(f.where.value().offset, f.where.value().length);
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_faults)

BOOST_DATA_TEST_CASE(fault_reads, bdata::make(fault_cases), c)
{
    auto const faults = check_plainly(c.query).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].code == c.code));
    BOOST_TEST(faults[0].field == c.field);
    BOOST_TEST(faults[0].detail == c.detail);
    BOOST_TEST(place_in(c.query, faults[0]) == c.place);
}

BOOST_AUTO_TEST_CASE(all_faults_in_the_order_of_the_query)
{
    auto const query = R"(started_before:"2024-01-01T00:00:00Z" modle:x :a started_after:no client:y b:c:d )"
                       R"(started_after:"2025-01-01T00:00:00Z" e:)"sv;
    check_context context;
    context.recorded.erase(key::client);
    auto const faults = check(query, context).faults;
    std::vector<fault_code> codes;
    std::string places;
    for (auto const& f : faults) {
        codes.push_back(f.code);
        places.append(place_in(query, f)).append(1, '\n');
    }
    BOOST_TEST((codes == std::vector{empty_time_range, unknown_key, edge_colon, bad_time, not_recorded, too_many_colons,
                                     edge_colon}));
    BOOST_TEST(places == "2024-01-01T00:00:00Z\nmodle\n:a\nno\nclient\nb:c:d\ne:\n");
}

BOOST_AUTO_TEST_CASE(each_before_out_of_range_is_a_fault)
{
    auto const faults = check_plainly(R"(started_after:"2025-01-02T00:00:00Z" started_before:"2025-01-01T00:00:00Z" )"
                                      R"(started_before:"2025-01-03T00:00:00Z" started_before:"2025-01-02T00:00:00Z")")
                            .faults;
    BOOST_TEST(faults.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_bad_time_takes_no_part_in_the_range)
{
    auto const faults =
        check_plainly(R"(started_after:"2025-13-01T00:00:00Z" started_before:"2025-01-01T00:00:00Z")").faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].code == bad_time));
}

BOOST_AUTO_TEST_CASE(not_recorded_reads)
{
    check_context context;
    context.recorded.erase(key::client);
    auto const faults = check("model:a Client:x", context).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0] == fault{.code = fault_code::not_recorded,
                                   .where = span{8, 6},
                                   .field = "client",
                                   .detail = R"(Query param "client" is not recorded by this database)"}));
}

BOOST_AUTO_TEST_CASE(too_long_reads)
{
    auto const faults = check_plainly(std::string(limits::query_bytes + 1, ':')).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0] == fault{.code = query_too_long,
                                   .where = std::nullopt,
                                   .field = "q",
                                   .detail = "Query is 4097 bytes long, more than the limit of 4096"}));
}

BOOST_AUTO_TEST_CASE(too_many_terms_reads)
{
    std::string query;
    for (std::size_t i = 0; i < limits::terms; ++i)
        query += i % 2 == 0 ? "model:a " : "client:b ";
    auto const at = static_cast<std::uint32_t>(query.size());
    auto const faults = check_plainly(query + "provider:c").faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST(
        (faults[0] ==
         fault{.code = too_many_terms, .where = span{at, 10}, .field = "q", .detail = "Query has more than 64 terms"}));
}

BOOST_AUTO_TEST_CASE(too_many_values_is_one_fault_at_the_33rd)
{
    std::string query;
    for (std::size_t i = 0; i < limits::values; ++i)
        query += "model:a ";
    auto const at = static_cast<std::uint32_t>(query.size());
    auto const faults = check_plainly(query + R"(MODEL:"b c" model:d)").faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0] == fault{.code = too_many_values,
                                   .where = span{at + 7, 3},
                                   .field = "model",
                                   .detail = R"(Query param "model" has more than 32 values)"}));
}

BOOST_AUTO_TEST_CASE(too_many_values_counts_times_and_words)
{
    std::string times, users;
    for (std::size_t i = 0; i < limits::values; ++i) {
        times += R"(started_after:"2025-01-01T00:00:00Z" )";
        users += "initiator:a ";
    }
    BOOST_TEST(check_plainly(times).faults.empty());
    BOOST_TEST(check_plainly(times + "started_after:x").faults.size() == 1U);
    BOOST_TEST(check_plainly(users).faults.empty());
    auto const faults = check_plainly(users + "bob").faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST(faults[0].field == "initiator");
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
