#include "grammar/check.hpp"
#include "test/support/fault_case.hpp"
#include "test/support/filter_outline.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;

// What a search for sessions takes and refuses. It has the keys of interceptions, whose tests are not repeated here.
namespace bridgewatch::grammar {
namespace {

using test::fault_case;
using enum fault_code;

constexpr std::string_view nothing_searched = "no search key specified";

checked_query check_for_sessions(std::string_view query)
{
    return check(query, {.about = subject::sessions,
                         .me = *parse_uuid("11111111-2222-3333-4444-555555555555"),
                         .now = parse_rfc3339("2025-03-15T12:00:00Z").value().floor,
                         .recorded = {}});
}

struct meaning_case {
    std::string_view name, query, meaning;
};

std::ostream& operator<<(std::ostream& out, meaning_case const& c)
{
    return out << c.name;
}

meaning_case const good_cases[] = {
    {"nothing", "", ""},
    {"spaces", "  ", ""},
    {"each text key", "provider:a provider_name:b model:c* client:d session_id:e",
     "provider=a & provider_name=b & model=~c* & client=d & session_id=e"},
    {"user by name", "initiator:alice", "initiator=alice"},
    {"me", "INITIATOR:me", "initiator={11111111-2222-3333-4444-555555555555}"},
    {"value with a space", R"(initiator:"alice smith")", "initiator=alice smith"},
    {"repeated key", "model:a model:b", "model=a|b"},
    {"time", "started:2025-03-14", "started[2025-03-14T00:00:00Z..2025-03-15T00:00:00Z)"},
    {"operators", "(model:a OR has:tool) -client:b", "(model=a | has:tool) & !client=b"},
    {"state", "is:inflight", "is:inflight +inflight"},
    {"name of a tool", "tool:bash", "call(name=bash)"},
    {"word in a tool call", "tool(bash)", "call(name=bash)"},
    {"words in a tool call", R"(tool("my tool" error:timeout))", "call((name=my tool & error~timeout))"},
    {"word beside a key in a tool call", "model:a tool(ba* input:rm)", "model=a & call((name=~ba* & input~rm))"},
    {"word in a group in a tool call", "tool(name:a OR -(bash))", "call((name=a | !name=bash))"},
    {"words in tool calls in a group", "-(tool(a) OR tool(b))", "!(call(name=a) | call(name=b))"},
};

fault_case const fault_cases[] = {
    {"word", "alice", no_key, "alice", "q", nothing_searched},
    {"me", "me", no_key, "me", "q", nothing_searched},
    {"user id", "11111111-2222-3333-4444-555555555555", no_key, "11111111-2222-3333-4444-555555555555", "q",
     nothing_searched},
    {"words", " alice  smith ", no_key, "alice  smith", "q", nothing_searched},
    {"quoted words", R"("alice smith")", no_key, "alice smith", "q", nothing_searched},
    {"quoted colon", R"("model:a")", no_key, "model:a", "q", nothing_searched},
    {"operators in lower case", "model:a or has:tool", no_key, "or", "q", nothing_searched},
    {"before a term", "alice model:a", no_key, "alice", "q", nothing_searched},
    {"behind a term", "model:é alice", no_key, "alice", "q", nothing_searched},
    {"on both sides of a term, told once, at the first", "alice bob model:a smith", no_key, "alice bob", "q",
     nothing_searched},
    {"in a group", "model:a (alice)", no_key, "alice", "q", nothing_searched},
    {"behind a minus", "model:a -alice", no_key, "alice", "q", nothing_searched},
    {"behind NOT", "NOT alice", no_key, "alice", "q", nothing_searched},
    {"in a negated group", "-(model:a OR alice)", no_key, "alice", "q", nothing_searched},
    {"on one side of an OR", "model:a OR alice", no_key, "alice", "q", nothing_searched},
    {"on one side of an AND", "alice AND model:a", no_key, "alice", "q", nothing_searched},
    {"behind a tool call", "tool(bash) bash", no_key, "bash", "q", nothing_searched, 2},
    {"before a tool call", "alice tool(alice)", no_key, "alice", "q", nothing_searched},
    {"misspelt key", "initator:alice", unknown_key, "initator", "initator",
     R"(Query param "initator" is not a valid query param; did you mean "initiator"?)"},
    {"key of a tool call", "name:bash", unknown_key, "name", "name",
     R"(Query param "name" is not a valid query param)"},
    {"two colons", "model:a:b", too_many_colons, "model:a:b", "q",
     R"(Query element "model:a:b" can only contain 1 ':')"},
};

struct several_case {
    std::string_view name, query, places;
    std::vector<fault_code> codes;
};

std::ostream& operator<<(std::ostream& out, several_case const& c)
{
    return out << c.name;
}

several_case const several_cases[] = {
    {"flat: words once, at their first place",
     "modle:x alice :a smith cost:y bob",
     "modle|alice|:a|y|",
     {unknown_key, no_key, edge_colon, bad_amount}},
    {"each run of words, where a group is",
     "alice (bob OR model:x) -carol dora",
     "alice|bob|carol dora|",
     {no_key, no_key, no_key}},
    {"words and what the parser finds",
     "alice OR (modle:x AND bob",
     "alice|(|modle|bob|",
     {no_key, syntax, unknown_key, no_key}},
    {"words around tool calls", "a tool(b nam:c) -d tool(e", "a|nam|d|tool(|", {no_key, unknown_key, no_key, syntax}},
    {"times that cannot be, and words",
     R"(started_after:2025-01-02 alice started_before:2025-01-01)",
     "alice|2025-01-01|",
     {no_key, empty_time_range}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_sessions)

BOOST_DATA_TEST_CASE(search_with_keys_means, bdata::make(good_cases), c)
{
    auto const got = check_for_sessions(c.query);
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(test::filter_outline{}(got.meaning) == c.meaning);
}

BOOST_DATA_TEST_CASE(fault_reads, bdata::make(fault_cases), c)
{
    test::expect_fault(c, check_for_sessions(c.query).faults);
}

BOOST_DATA_TEST_CASE(all_faults_in_the_order_of_the_query, bdata::make(several_cases), c)
{
    std::vector<fault_code> codes;
    std::string places;
    for (auto const& f : check_for_sessions(c.query).faults) {
        codes.push_back(f.code);
        places.append(test::place_in(c.query, f)).append(1, '|');
    }
    BOOST_TEST(places == c.places);
    BOOST_TEST((codes == c.codes));
}

BOOST_AUTO_TEST_CASE(a_user_is_looked_up_where_the_key_stands)
{
    auto meaning = check_for_sessions("initiator:alice").meaning;
    auto const users = unresolved_users(meaning);
    BOOST_TEST_REQUIRE(users.size() == 1U);
    BOOST_TEST(users[0]->name == "alice");
    BOOST_TEST((users[0]->where == span{10, 5}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
