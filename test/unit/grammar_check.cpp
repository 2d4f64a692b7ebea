#include "grammar/check.hpp"
#include "test/support/filter_outline.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;

// What each key and each form means. Repeated keys: grammar_repeats.cpp. Times: grammar_dates.cpp.
namespace bridgewatch::grammar {
namespace {

constexpr std::string_view my_id = "11111111-2222-3333-4444-555555555555";

check_context as_me()
{
    return {.me = *parse_uuid(my_id), .now = parse_rfc3339("2025-03-15T12:00:00Z").value().floor, .recorded = {}};
}

std::string outline(filter const& meaning)
{
    return test::filter_outline{}(meaning);
}

struct meaning_case {
    std::string_view name, query, meaning;
};

std::ostream& operator<<(std::ostream& out, meaning_case const& c)
{
    return out << c.name;
}

meaning_case const flat_cases[] = {
    {"nothing", "", ""},
    {"spaces", "   ", ""},
    {"each text key", "provider:a provider_name:b model:c client:d",
     "provider=a & provider_name=b & model=c & client=d"},
    {"key in any case, value in its own", "PROVIDER:OpenAI", "provider=OpenAI"},
    {"quoted value", R"(model:"gpt 5")", "model=gpt 5"},
    {"client without a name", "client:Unknown", "client=Unknown"},
    {"empty text", R"(provider:"" model:"")", ""},
    {"empty user", R"(initiator:"")", ""},
    {"empty words", R"("")", ""},
    {"empty times", R"(started_after:"" started_before:"")", ""},
    {"words", "alice smith", "initiator=alice smith"},
    {"words around a term", "alice model:x smith", "initiator=alice smith & model=x"},
    {"operators in lower case are words", "alice or bob", "initiator=alice or bob"},
    {"comma of words", "alice,bob", "initiator=alice,bob"},
    {"user name", "initiator:Alice", "initiator=Alice"},
    {"user id", "initiator:AAAAAAAA-2222-3333-4444-555555555555", "initiator={aaaaaaaa-2222-3333-4444-555555555555}"},
    {"user id without hyphens, as a word", "aaaaaaaa222233334444555555555555",
     "initiator={aaaaaaaa-2222-3333-4444-555555555555}"},
    {"user id as urn", R"(initiator:"urn:uuid:aaaaaaaa-2222-3333-4444-555555555555")",
     "initiator={aaaaaaaa-2222-3333-4444-555555555555}"},
    {"me", "initiator:me", "initiator={11111111-2222-3333-4444-555555555555}"},
    {"me as a word", "me", "initiator={11111111-2222-3333-4444-555555555555}"},
    {"Me is a name", "initiator:Me", "initiator=Me"},
};

meaning_case const key_cases[] = {
    {"other keys of text", "session_id:a api_key_id:b error_type:c", "session_id=a & api_key_id=b & error_type=c"},
    {"ids", "id:11111111222233334444555555555555,AAAAAAAA-2222-3333-4444-555555555555",
     "id={11111111-2222-3333-4444-555555555555}|{aaaaaaaa-2222-3333-4444-555555555555}"},
    {"thread", "thread:{11111111-2222-3333-4444-555555555555}", "thread={11111111-2222-3333-4444-555555555555}"},
    {"sums", "input_tokens:1 output_tokens:2 total_tokens:3 cache_read_tokens:4 cache_write_tokens:5",
     "input_tokens=1 & output_tokens=2 & total_tokens=3 & cache_read_tokens=4 & cache_write_tokens=5"},
    {"number of 64 bits", "input_tokens:9223372036854775807 output_tokens:-9223372036854775808",
     "input_tokens=9223372036854775807 & output_tokens=-9223372036854775808"},
    {"cost in millionths", "cost:0.25 cost:>1 cost:<=0.000001 cost:-2..*",
     "cost=250000 & cost>1000000 & cost<=1 & cost>=-2000000"},
    {"duration in microseconds", "duration:30s duration:>1h30m duration:<=1.5ms",
     "duration=30000000 & duration>5400000000 & duration<=1500"},
    {"tool", "tool:bash", "call(name=bash)"},
    {"server of a tool", "server_url:*.example.com/*", "call(server_url=~*.example.com/*)"},
    {"input of a tool", R"(tool_input:"rm -rf")", "call(input~rm -rf)"},
    {"error of a tool", "tool_error:timeout", "call(error~timeout)"},
    {"injected", "injected:true injected:FALSE", "call(injected=t) & call(injected=f)"},
    {"prompt", R"(prompt:"drop table")", "prompt~drop table"},
    {"thought", "thinking:a", "thinking~a"},
    {"error message", "error_message:quota", "error_message~quota"},
    {"any text", R"(text:"AKIA")", "anywhere~AKIA"},
    {"presence", "has:prompt has:tool has:error has:thinking has:session",
     "has:prompt & has:tool & has:error & has:thinking & has:session"},
    {"presence in any case", "HAS:Prompt", "has:prompt"},
    {"state", "is:completed is:failed", "is:completed & is:failed"},
    {"metadata", "metadata.team:payments", "metadata/team=payments"},
    {"metadata keeps its case", "METADATA.Team:Payments", "metadata/Team=Payments"},
    {"metadata dotted", "metadata.a.b.c:5", "metadata/a/b/c=5"},
    {"annotations", "annotation.repo:coder/coder", "annotations/repo=coder/coder"},
    {"odd names of a path", R"(metadata.a"b c"d,e-*:x)", R"(metadata/a"b c"d,e-*=x)"},
};

meaning_case const form_cases[] = {
    // Lists and wildcards.
    {"list", "provider:openai,anthropic", "provider=openai|anthropic"},
    {"comma in quotes", R"(provider:"a,b",c)", "provider=a,b|c"},
    {"equal values once", "model:a,b,a,b*,b*", "model=a|b|~b*"},
    {"values that differ in case", "model:a,A", "model=a|A"},
    {"empty value in a list", R"(model:"",b,"")", "model=b"},
    {"patterns behind plain values", "model:claude-*,gpt-5,*-mini", "model=gpt-5|~claude-*|~*-mini"},
    {"quoted star is plain", R"(model:"a*",a*)", "model=a*|~a*"},
    {"users", "initiator:alice,me,bob", "initiator=alice|{11111111-2222-3333-4444-555555555555}|bob"},
    {"equal users keep their places", "initiator:alice,alice", "initiator=alice|alice"},
    {"star of a user", "initiator:a*", "initiator=a*"},
    {"tools", "tool:bash,mcp_*", "call(name=bash|~mcp_*)"},
    {"numbers", "input_tokens:1,2,-3", "input_tokens=1|2|-3"},
    {"amounts and durations", "cost:0.5,1 duration:1s,1m", "cost=500000|1000000 & duration=1000000|60000000"},
    {"presences", "has:prompt,tool", "(has:prompt | has:tool)"},
    {"states", "is:completed,failed", "(is:completed | is:failed)"},
    {"both", "injected:true,false", "call(injected=tf)"},
    {"metadata's values", R"(metadata.k:a,5,true,"",a)", "metadata/k=a|5|true"},
    {"comma and star of texts", "prompt:a,b* text:*", "prompt~a,b* & anywhere~*"},
    // Comparisons and ranges.
    {"comparisons", "input_tokens:>1 input_tokens:>=2 input_tokens:<3 input_tokens:<=4",
     "input_tokens>1 & input_tokens>=2 & input_tokens<3 & input_tokens<=4"},
    {"quoted value behind a sign", R"(input_tokens:>"1000")", "input_tokens>1000"},
    {"range", "output_tokens:100..500", "output_tokens>=100<=500"},
    {"open ranges", "output_tokens:*..500 output_tokens:100..*", "output_tokens<=500 & output_tokens>=100"},
    {"range of one", "cost:1..1", "cost>=1000000<=1000000"},
    {"range of durations", "duration:30s..1m", "duration>=30000000<=60000000"},
    {"empty values of an order", R"(cost:>"" cost:"" duration:""..1s input_tokens:1.."")",
     "duration<=1000000 & input_tokens>=1"},
    // Operators.
    {"OR", "model:a OR client:b", "(model=a | client=b)"},
    {"AND", "model:a AND client:b", "model=a & client=b"},
    {"binding", "model:a OR client:b AND provider:c alice", "(model=a | (client=b & (provider=c & initiator=alice)))"},
    {"group", "(model:gpt-5 OR model:o3) initiator:alice", "(model=gpt-5 | model=o3) & initiator=alice"},
    {"minus", "-client:Cursor", "!client=Cursor"},
    {"NOT of a group", "NOT (client:a OR model:b c)", "!(client=a | (model=b & initiator=c))"},
    {"double negation", "NOT -client:a", "client=a"},
    {"negated list", "-model:a,b*", "!model=a|~b*"},
    {"negated words", "-alice smith", "!initiator=alice smith"},
    {"words where operators are", "alice OR bob smith", "(initiator=alice | initiator=bob smith)"},
    {"nothing on a side of an OR", R"(model:"" OR model:a)", "(true | model=a)"},
    {"nothing on a side of an AND", R"(model:"" AND model:a)", "model=a"},
    {"nothing in a group", R"((model:"" client:"") model:a)", "model=a"},
    // Tool calls.
    {"two terms need not be of one call", "tool:bash tool_error:timeout", "call(name=bash) & call(error~timeout)"},
    {"one call", "tool(name:bash error:timeout)", "call((name=bash & error~timeout))"},
    {"all keys of a call", "tool(name:a,b* server_url:c input:d error:e injected:true,false)",
     "call((name=a|~b* & server_url=c & input~d & error~e & injected=tf))"},
    {"words of a call", "tool(bash)", "call(name=bash)"},
    {"groups of a call", "tool(name:a OR -(error:b AND input:c))", "call((name=a | !(error~b & input~c)))"},
    {"negated call", "-tool(name:a)", "!call(name=a)"},
    {"call with a negation", "tool(-name:a)", "call(!name=a)"},
    {"negated tool", "-tool:a", "!call(name=a)"},
    {"several calls", "tool(name:a) OR tool(name:b) tool:c", "(call(name=a) | (call(name=b) & call(name=c)))"},
    {"call of nothing", R"(tool(name:""))", "call(true)"},
    // In flight.
    {"in flight", "is:inflight", "is:inflight +inflight"},
    {"in flight, anywhere", "model:a OR -(client:b is:InFlight)", "(model=a | !(client=b & is:inflight)) +inflight"},
    {"in flight, negated", "-is:inflight", "!is:inflight +inflight"},
    {"in flight, in a list", "is:failed,inflight", "(is:failed | is:inflight) +inflight"},
    {"in flight, quoted", R"(is:"inflight")", "is:inflight +inflight"},
    {"completed alone does not ask for it", "-is:completed", "!is:completed"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_check)

BOOST_DATA_TEST_CASE(flat_query_means, bdata::make(flat_cases), c)
{
    auto const got = check(c.query, as_me());
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(outline(got.meaning) == c.meaning);
}

BOOST_DATA_TEST_CASE(key_means, bdata::make(key_cases), c)
{
    auto const got = check(c.query, as_me());
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(outline(got.meaning) == c.meaning);
}

BOOST_DATA_TEST_CASE(form_means, bdata::make(form_cases), c)
{
    auto const got = check(c.query, as_me());
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(outline(got.meaning) == c.meaning);
}

BOOST_AUTO_TEST_CASE(me_is_a_name_where_nobody_asks)
{
    BOOST_TEST(outline(check("initiator:me", {}).meaning) == "initiator=me");
}

BOOST_AUTO_TEST_CASE(only_an_empty_query_matches_everything)
{
    BOOST_TEST(check(R"(model:"" ("" client:""))", {}).meaning.matches_everything());
    BOOST_TEST(!check("model:a", {}).meaning.matches_everything());
}

BOOST_AUTO_TEST_CASE(users_keep_their_places_and_are_found_in_the_order_of_the_query)
{
    auto meaning = check(R"(model:a (initiator:"al ice",me OR -(bob smith)) AND tool(x) AND -carol)", as_me()).meaning;
    std::string names;
    for (auto const* user : unresolved_users(meaning))
        names +=
            user->name + " " + std::to_string(user->where.offset) + "+" + std::to_string(user->where.length) + "\n";
    BOOST_TEST(names == "al ice 20+6\nbob smith 36+9\ncarol 65+5\n");
}

BOOST_AUTO_TEST_CASE(what_is_right_means_something_beside_faults)
{
    auto const got = check(R"(model:a modle:b started_after:x cost:1,y,2 alice :c)", as_me());
    BOOST_TEST(got.faults.size() == 4U);
    BOOST_TEST(outline(got.meaning) == "model=a & cost=1000000|2000000 & initiator=alice");
}

BOOST_AUTO_TEST_CASE(other_keys_answer_where_one_is_not_recorded)
{
    auto context = as_me();
    context.recorded.keys.erase(key::client);
    auto const got = check("client:a model:b", context);
    BOOST_TEST(got.faults.size() == 1U);
    BOOST_TEST(outline(got.meaning) == "model=b");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
