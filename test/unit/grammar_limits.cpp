#include "grammar/check.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;

// Each limit as it is reached, and exceeded by one.
namespace bridgewatch::grammar {
namespace {

using enum fault_code;

std::string times(std::size_t count, std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += text;
    return out;
}

/// `count` different values, joined.
std::string numbered(std::size_t count, std::string_view before, std::string_view between)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out.append(i == 0 ? "" : between).append(before).append(std::to_string(i));
    return out;
}

void expect_one(std::string const& query, fault const& wanted)
{
    auto const faults = check(query, {}).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].code == wanted.code));
    BOOST_TEST((faults[0].where == wanted.where));
    BOOST_TEST(faults[0].field == wanted.field);
    BOOST_TEST(faults[0].detail == wanted.detail);
}

fault too_many_terms_at(std::size_t offset, std::size_t length)
{
    return {.code = too_many_terms,
            .where = span{static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)},
            .field = "q",
            .detail = "Query has more than 64 terms"};
}

struct nesting_case {
    std::string_view name, open, within, close;
    std::size_t place; ///< of the parenthesis in `open`
};

std::ostream& operator<<(std::ostream& out, nesting_case const& c)
{
    return out << c.name;
}

nesting_case const nesting_cases[] = {
    {"groups", "(", "model:a", ")", 0},
    {"groups with spaces", "( ", "model:a", " )", 0},
    {"negated groups", "-(", "model:a", ")", 1},
    {"NOT of groups", "NOT(", "model:a", ")", 3},
    {"groups beside terms", "(", "model:a", " alice)", 0},
    {"groups beside operators", "(", "model:a", " OR alice)", 0},
};

struct values_case {
    std::string_view name, key, before;
};

std::ostream& operator<<(std::ostream& out, values_case const& c)
{
    return out << c.name;
}

values_case const list_cases[] = {
    {"text", "model", "m"},           {"patterns", "client", "*c"},
    {"users", "initiator", "u"},      {"ids", "id", "11111111-2222-3333-4444-5555555555"},
    {"numbers", "input_tokens", "1"}, {"amounts", "cost", "1."},
    {"names of tools", "tool", "t"},  {"metadata", "metadata.k", "v"},
};

/// The 10 first values of two digits make an id whole.
std::string list_of(std::size_t count, values_case const& c)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out.append(i == 0 ? "" : ",").append(c.before).append(std::to_string(10 + i));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_limits)

BOOST_AUTO_TEST_CASE(the_longest_query_is_read_and_one_byte_more_is_not)
{
    std::string const longest(limits::query_bytes, 'x');
    BOOST_TEST(check(longest, {}).faults.empty());
    expect_one(longest + "x", {.code = query_too_long,
                               .where = std::nullopt,
                               .field = "q",
                               .detail = "Query is 4097 bytes long, more than the limit of 4096"});
    BOOST_TEST(!parse(longest + "x").tree.root.has_value());
}

BOOST_AUTO_TEST_CASE(a_query_that_is_too_long_has_no_other_fault)
{
    BOOST_TEST(check(std::string(limits::query_bytes + 1, ':'), {}).faults.size() == 1U);
    BOOST_TEST(check(std::string(limits::query_bytes + 1, '\0'), {}).faults.size() == 1U);
}

BOOST_AUTO_TEST_CASE(sixty_four_terms_and_not_one_more)
{
    auto const query = times(limits::terms / 2, "has:tool cost:>1 ");
    BOOST_TEST(check(query, {}).faults.empty());
    expect_one(query + "provider:c", too_many_terms_at(query.size(), 10));
    expect_one(query + "provider:c modle:d :e )", too_many_terms_at(query.size(), 10));
    BOOST_TEST((parse(query + "provider:c").tree == parse(query).tree));
}

BOOST_AUTO_TEST_CASE(every_kind_of_term_is_the_65th)
{
    auto const query = times(limits::terms, "has:tool ");
    expect_one(query + "word word", too_many_terms_at(query.size(), 4));
    expect_one(query + "OR -has:tool", too_many_terms_at(query.size() + 4, 8));
    expect_one(query + "(has:tool", too_many_terms_at(query.size() + 1, 8));
    expect_one(query + "tool(name:a)", too_many_terms_at(query.size() + 5, 6));
    expect_one(query + ":a", too_many_terms_at(query.size(), 2));
    expect_one(query + "AND", too_many_terms_at(query.size(), 3));
    expect_one(query + ")", too_many_terms_at(query.size(), 1));
    expect_one(query + "()", too_many_terms_at(query.size(), 2));
}

BOOST_AUTO_TEST_CASE(terms_of_groups_and_tool_calls_count)
{
    auto const query = times(limits::terms / 4, "(has:tool OR -(has:tool)) AND tool(name:a name:b) ") + "model:x";
    expect_one(query, too_many_terms_at(query.size() - 7, 7));
}

BOOST_AUTO_TEST_CASE(a_run_of_words_is_one_term)
{
    BOOST_TEST(check(times(limits::terms - 1, "has:tool ") + times(200, "word "), {}).faults.empty());
}

BOOST_DATA_TEST_CASE(thirty_two_levels_and_not_one_more, bdata::make(nesting_cases), c)
{
    auto const nested = [&c](std::size_t depth) {
        return times(depth, c.open) + std::string{c.within} + times(depth, c.close);
    };
    BOOST_TEST(check(nested(limits::nesting), {}).faults.empty());
    auto const at = static_cast<std::uint32_t>(limits::nesting * c.open.size() + c.place);
    fault const wanted{
        .code = too_deep, .where = span{at, 1}, .field = "q", .detail = "Query is nested deeper than 32 levels"};
    expect_one(nested(limits::nesting + 1), wanted);
    expect_one(nested(limits::nesting + 2), wanted);
}

BOOST_AUTO_TEST_CASE(a_tool_call_is_a_level)
{
    auto const levels = times(limits::nesting - 1, "(");
    auto const closed = times(limits::nesting - 1, ")");
    BOOST_TEST(check(levels + "tool(name:a)" + closed, {}).faults.empty());
    expect_one(levels + "(tool(name:a))" + closed, {.code = too_deep,
                                                    .where = span{static_cast<std::uint32_t>(limits::nesting), 5},
                                                    .field = "q",
                                                    .detail = "Query is nested deeper than 32 levels"});
}

BOOST_AUTO_TEST_CASE(what_is_no_group_is_no_level)
{
    BOOST_TEST(check(times(100, "NOT -") + "model:a", {}).faults.empty());
    BOOST_TEST(check("model:" + times(100, "(") + "a" + times(100, ")"), {}).faults.empty());
    BOOST_TEST(check(times(limits::terms, "(has:tool) "), {}).faults.empty());
}

BOOST_DATA_TEST_CASE(thirty_two_values_of_a_list_and_not_one_more, bdata::make(list_cases), c)
{
    auto const key = std::string{c.key};
    BOOST_TEST(check(key + ":" + list_of(limits::values, c), {}).faults.empty());
    auto const faults = check(key + ":" + list_of(limits::values + 2, c), {}).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].code == too_many_values));
    BOOST_TEST(faults[0].field == key);
    BOOST_TEST(faults[0].detail == "Query param \"" + key + "\" has more than 32 values");
    auto const at = key.size() + 1 + list_of(limits::values, c).size() + 1;
    BOOST_TEST(
        (faults[0].where == span{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(c.before.size() + 2)}));
}

BOOST_AUTO_TEST_CASE(thirty_two_values_by_repetition_and_not_one_more)
{
    auto const query = times(limits::values, "model:a ");
    BOOST_TEST(check(query, {}).faults.empty());
    expect_one(query + R"(MODEL:"b c" model:d)", {.code = too_many_values,
                                                  .where = span{static_cast<std::uint32_t>(query.size()) + 7, 3},
                                                  .field = "model",
                                                  .detail = R"(Query param "model" has more than 32 values)"});
}

BOOST_AUTO_TEST_CASE(lists_and_repetition_and_words_count_together)
{
    auto const query = "initiator:" + numbered(limits::values - 1, "u", ",") + " model:a alice smith ";
    BOOST_TEST(check(query, {}).faults.empty());
    expect_one(query + "initiator:bob", {.code = too_many_values,
                                         .where = span{static_cast<std::uint32_t>(query.size()) + 10, 3},
                                         .field = "initiator",
                                         .detail = R"(Query param "initiator" has more than 32 values)"});
}

BOOST_AUTO_TEST_CASE(empty_values_do_not_count)
{
    BOOST_TEST(
        check("model:" + times(limits::values, R"("",)") + numbered(limits::values, "m", ","), {}).faults.empty());
}

BOOST_AUTO_TEST_CASE(values_behind_many_empty_ones_are_not_lost)
{
    auto const checked = check("model:" + times(2 * limits::values, R"("",)") + "a,b", {});
    BOOST_TEST_REQUIRE(checked.faults.empty());
    BOOST_TEST_REQUIRE(checked.meaning.root.nodes.size() == 1U);
    BOOST_TEST(std::get<text_is>(checked.meaning.root.nodes[0].value).any_of == (std::vector<std::string>{"a", "b"}),
               boost::test_tools::per_element());
    auto const many =
        check("model:" + times(2 * limits::values, R"("",)") + numbered(limits::values + 1, "m", ","), {});
    BOOST_TEST(many.faults.size() == 1U);
}

BOOST_AUTO_TEST_CASE(values_of_two_keys_and_of_two_sides_are_apart)
{
    auto const models = numbered(limits::values, "model:m", " ");
    auto const clients = "client:" + numbered(limits::values, "c", ",");
    BOOST_TEST(check(models + " " + clients, {}).faults.empty());
    BOOST_TEST(check(clients + " AND " + clients, {}).faults.empty());
    BOOST_TEST(check(clients + " OR " + clients, {}).faults.empty());
    BOOST_TEST(check(clients + " -" + clients, {}).faults.empty());
    BOOST_TEST(check(clients + " (" + clients + " alice)", {}).faults.empty());
}

BOOST_AUTO_TEST_CASE(a_key_whose_repeats_all_hold_has_a_limit_in_each_list_only)
{
    BOOST_TEST(check(times(limits::terms, "cost:>1 "), {}).faults.empty());
    BOOST_TEST(check(times(limits::terms, "started_after:7d "), {}).faults.empty());
    BOOST_TEST(check(times(3, "tool:" + numbered(limits::values, "t", ",") + " "), {}).faults.empty());
}

BOOST_AUTO_TEST_CASE(faulty_pieces_are_terms_so_that_faults_are_bounded)
{
    BOOST_TEST(parse(times(limits::query_bytes / 2, ": ")).faults.size() == limits::terms + 1);
    BOOST_TEST(parse(times(limits::query_bytes / 3, "OR ")).faults.size() == limits::terms + 1);
    BOOST_TEST(parse(times(limits::query_bytes / 2, "()")).faults.size() == limits::terms + 1);
    BOOST_TEST(parse(std::string(limits::query_bytes, ')')).faults.size() == limits::terms + 1);
    BOOST_TEST(parse("model:" + std::string(4000, ',')).faults.size() == limits::terms);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
