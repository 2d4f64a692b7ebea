#include "grammar/limits.hpp"
#include "grammar/prefix_query.hpp"
#include "test/support/fault_case.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace std::string_view_literals;

// What the `q` of a list of values narrows it to, and what is not right there.
namespace bridgewatch::grammar {
namespace {

using test::fault_case;
using enum fault_code;

struct prefix_case {
    std::string_view name, query;
    std::vector<std::string> prefixes;
    std::string_view key = "model";
};

std::ostream& operator<<(std::ostream& out, prefix_case const& c)
{
    return out << c.name;
}

prefix_case const prefix_cases[] = {
    {"nothing", "", {}},
    {"spaces", "   ", {}},
    {"word", "gpt", {"gpt"}},
    {"words are one prefix", "  Claude   Code ", {"Claude Code"}},
    {"words around a term", "gpt model:o3 5", {"gpt 5", "o3"}},
    {"quoted words", R"("Claude Code")", {"Claude Code"}},
    {"comma of words is text", "a,b", {"a,b"}},
    {"parentheses that a word holds", "f(a)", {"f(a)"}},
    {"operators in lower case are words", "a or not b", {"a or not b"}},
    {"minus within a word, and alone", "gpt-4 -", {"gpt-4 -"}},
    {"key", "model:gpt", {"gpt"}},
    {"key in any case, value in its own", "MoDeL:GPT", {"GPT"}},
    {"other key", "Client:Cur", {"Cur"}, "client"},
    {"word for the other key", "Unk", {"Unk"}, "client"},
    {"quoted, with a colon", R"(model:"a:b")", {"a:b"}},
    {"quoted word with a colon", R"("a:b")", {"a:b"}},
    {"quoted, with a comma", R"(model:"a,b")", {"a,b"}},
    {"quoted, with spaces, kept as they are", R"(model:" a  b ")", {" a  b "}},
    {"quoted, with what would be operators", R"q(model:"-a" "b OR (c)")q", {"-a", "b OR (c)"}},
    {"quote that is not closed", R"(model:"a b)", {"a b"}},
    {"list", "model:gpt,o3,claude", {"gpt", "o3", "claude"}},
    {"list with quotes", R"(model:"a,b",c,"d e")", {"a,b", "c", "d e"}},
    {"repeats, in their order", "model:gpt MODEL:o3", {"gpt", "o3"}},
    {"equal prefixes once", "model:a model:b,a a", {"a", "b"}},
    {"prefixes that differ in case", "model:a,A", {"a", "A"}},
    {"prefix of another one", "model:a,ab", {"a", "ab"}},
    {"star is text", "model:gpt*", {"gpt*"}},
    {"star in a word is text", "*gpt*", {"*gpt*"}},
    {"wildcards of LIKE are text", R"(model:100%,a_b,c\d)", {"100%", "a_b", R"(c\d)"}},
    {"comparisons and ranges are text", "model:>5,1..2", {">5", "1..2"}},
    {"empty value", R"(model:"")", {}},
    {"empty word", R"("")", {}},
    {"empty value beside another", R"(model:"",a model:"")", {"a"}},
    {"beyond ASCII", "模 model:é🦊", {"模", "é🦊"}},
};

fault_case const fault_cases[] = {
    {"unknown key", "gpt nothing:x", unknown_key, "nothing", "nothing",
     R"(Query param "nothing" is not a valid query param)"},
    {"misspelt key", "modle:gpt", unknown_key, "modle", "modle",
     R"(Query param "modle" is not a valid query param; did you mean "model"?)"},
    {"misspelt key in upper case", "gpt MODLE:gpt", unknown_key, "MODLE", "modle",
     R"(Query param "modle" is not a valid query param; did you mean "model"?)"},
    {"quoted key", R"("model":x)", unknown_key, R"("model")", R"("model")",
     R"(Query param "\"model\"" is not a valid query param; did you mean "model"?)"},
    {"key of a search", "provider:openai", unknown_key, "provider", "provider",
     R"(Query param "provider" is not a valid query param)"},
    {"key of the other list", "client:Cursor", unknown_key, "client", "client",
     R"(Query param "client" is not a valid query param)"},
    {"key of a search, compared", "cost:>5", unknown_key, "cost", "cost",
     R"(Query param "cost" is not a valid query param)"},
    {"ends with a colon", "gpt model:", edge_colon, "model:", "q",
     R"(Query element "model:" cannot start or end with ':')"},
    {"starts with a colon", ":gpt", edge_colon, ":gpt", "q", R"(Query element ":gpt" cannot start or end with ':')"},
    {"two colons", "gpt model:a:b", too_many_colons, "model:a:b", "q",
     R"(Query element "model:a:b" can only contain 1 ':')"},
    {"list without a value", "model:a,,b", syntax, ",", "q", "Query has an empty value at column 9, expected a value",
     2},
    {"operator alone", "é OR", syntax, "OR", "q", R"(Query has nothing after "OR" at column 3, expected a term)"},
    {"parenthesis that is not closed", "(gpt", syntax, "(", "q",
     R"q(Query has "(" that is not closed at column 1, expected ")")q"},
    {"parenthesis that was not opened", "gpt)", syntax, ")", "q",
     R"q(Query has ")" without a "(" at column 4, expected a term or the end of the query)q"},
    {"minus", "-gpt", not_a_prefix, "-gpt", "q", "Only a prefix of a model can be searched here"},
    {"minus behind a prefix", "gpt -model:gpt-4", not_a_prefix, "-model:gpt-4", "q",
     "Only a prefix of a model can be searched here"},
    {"NOT", "NOT model:gpt", not_a_prefix, "NOT model:gpt", "q", "Only a prefix of a model can be searched here"},
    {"AND", "gpt AND model:o3", not_a_prefix, "gpt AND model:o3", "q", "Only a prefix of a model can be searched here"},
    {"OR", "model:gpt OR model:o3", not_a_prefix, "model:gpt OR model:o3", "q",
     "Only a prefix of a model can be searched here"},
    {"OR in a group", "é (model:gpt OR o3)", not_a_prefix, "model:gpt OR o3", "q",
     "Only a prefix of a model can be searched here"},
    {"negated group", "-(gpt)", not_a_prefix, "-(gpt", "q", "Only a prefix of a model can be searched here"},
    {"tool call", "gpt tool(bash)", not_a_prefix, "tool(bash)", "q", "Only a prefix of a model can be searched here"},
    {"NUL", "a\0b"sv, invalid_text, "\0"sv, "q", "Query holds a NUL character at column 2"},
    {"not UTF-8, column in characters", "model:é\xff", invalid_text, "\xff", "q",
     "Query is not valid UTF-8 at column 8"},
};

std::string numbered(std::size_t count, std::string_view before, std::string_view between)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out.append(i == 0 ? "" : between).append(before).append(std::to_string(i));
    return out;
}

/// Where the fault of a value past the limit is.
fault one_too_many(std::size_t offset, std::size_t length)
{
    return {.code = too_many_values,
            .where = span{static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)},
            .field = "model",
            .detail = R"(Query param "model" has more than 32 values)"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_prefix_query)

BOOST_DATA_TEST_CASE(query_is_these_prefixes, bdata::make(prefix_cases), c)
{
    auto const got = read_prefixes(c.query, c.key);
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(got.any_of == c.prefixes, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(fault_reads, bdata::make(fault_cases), c)
{
    test::expect_fault(c, read_prefixes(c.query, "model").faults);
}

BOOST_AUTO_TEST_CASE(faults_name_the_key_that_there_is)
{
    auto const faults = read_prefixes("-a clinet:b", "client").faults;
    BOOST_TEST_REQUIRE(faults.size() == 2U);
    BOOST_TEST(faults[0].detail == "Only a prefix of a client can be searched here");
    BOOST_TEST(faults[1].detail == R"(Query param "clinet" is not a valid query param; did you mean "client"?)");
}

BOOST_AUTO_TEST_CASE(all_faults_in_the_order_of_the_query)
{
    std::string places;
    auto const query = "-gpt modle:x a:b:c model:y (o OR p) cost:>1 :z"sv;
    for (auto const& f : read_prefixes(query, "model").faults)
        places.append(test::place_in(query, f)).append("|");
    BOOST_TEST(places == "-gpt|modle|a:b:c|o OR p|cost|:z|");
}

BOOST_AUTO_TEST_CASE(what_is_right_is_kept_beside_faults)
{
    auto const got = read_prefixes("gpt -claude model:o3,o4 modle:x", "model");
    BOOST_TEST(got.faults.size() == 2U);
    BOOST_TEST(got.any_of == (std::vector<std::string>{"gpt", "o3", "o4"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(thirty_two_values_and_not_one_more)
{
    auto const list = "model:" + numbered(limits::values, "m", ",");
    auto const repeats = numbered(limits::values, "model:m", " ");
    for (auto const& query : {list, repeats}) {
        BOOST_TEST(read_prefixes(query, "model").faults.empty());
        BOOST_TEST(read_prefixes(query, "model").any_of.size() == limits::values);
    }
    auto const of_list = read_prefixes(list + ",gpt,o3", "model");
    BOOST_TEST_REQUIRE(of_list.faults.size() == 1U);
    BOOST_TEST((of_list.faults[0] == one_too_many(list.size() + 1, 3)));
    BOOST_TEST(of_list.any_of.size() == limits::values);

    auto const of_repeats = read_prefixes(repeats + R"( model:"a b")", "model");
    BOOST_TEST_REQUIRE(of_repeats.faults.size() == 1U);
    BOOST_TEST((of_repeats.faults[0] == one_too_many(repeats.size() + 8, 3)));

    auto const of_words = read_prefixes(list + " gpt", "model");
    BOOST_TEST_REQUIRE(of_words.faults.size() == 1U);
    BOOST_TEST((of_words.faults[0] == one_too_many(list.size() + 1, 3)));
}

BOOST_AUTO_TEST_CASE(a_query_that_is_too_long_says_that_alone)
{
    std::string const longest(limits::query_bytes, 'x');
    BOOST_TEST(read_prefixes(longest, "model").faults.empty());
    auto const got = read_prefixes(std::string(limits::query_bytes + 1, ':'), "model");
    BOOST_TEST_REQUIRE(got.faults.size() == 1U);
    BOOST_TEST((got.faults[0] == fault{.code = query_too_long,
                                       .where = std::nullopt,
                                       .field = "q",
                                       .detail = "Query is 4097 bytes long, more than the limit of 4096"}));
    BOOST_TEST(got.any_of.empty());
}

BOOST_AUTO_TEST_CASE(key_that_is_not_recorded_is_a_fault_wherever_it_is_used)
{
    auto const keyed = read_prefixes("client:Cur", "client", false);
    BOOST_TEST_REQUIRE(keyed.faults.size() == 1U);
    BOOST_TEST(keyed.faults[0].detail == R"(Query param "client" is not recorded by this database)");
    BOOST_TEST(keyed.faults[0].where.value().length == 6U);
    BOOST_TEST(read_prefixes("Claude Code", "client", false).faults.at(0).where.value().length == 11U);
    BOOST_TEST(read_prefixes("", "client", false).faults.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
