#include "grammar/check.hpp"
#include "test/support/filter_outline.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;

// When a key that is written twice is any of its values, and when all must hold.
namespace bridgewatch::grammar {
namespace {

constexpr std::string_view me = "11111111-2222-3333-4444-555555555555";

check_context as_me()
{
    return {.me = *parse_uuid(me), .now = parse_rfc3339("2025-03-15T12:00:00Z").value().floor, .recorded = {}};
}

std::string meaning_of(std::string_view query)
{
    auto const got = check(query, as_me());
    BOOST_TEST(got.faults.empty(), query);
    return test::filter_outline{}(got.meaning);
}

struct meaning_case {
    std::string_view name, query, meaning;
};

std::ostream& operator<<(std::ostream& out, meaning_case const& c)
{
    return out << c.name;
}

meaning_case const merged_cases[] = {
    {"repeated key, at its first place", "model:a provider:p model:b", "model=a|b & provider=p"},
    {"repeated key in two spellings", "model:a MODEL:b", "model=a|b"},
    {"equal values once", "model:a model:b model:a", "model=a|b"},
    {"values that differ in case", "model:a model:A", "model=a|A"},
    {"empty value beside another", R"(model:"" model:b)", "model=b"},
    {"empty value keeps no place", R"(model:"" provider:p model:b)", "provider=p & model=b"},
    {"words and initiator", "initiator:alice bob initiator:me",
     "initiator=alice|bob|{11111111-2222-3333-4444-555555555555}"},
    {"words on both sides of a term, where a group is", "alice model:a bob (has:tool)",
     "initiator=alice|bob & model=a & has:tool"},
    {"runs of words in groups", "(alice) (bob smith)", "initiator=alice|bob smith"},
    {"wildcards with plain values", "model:a* model:b model:*c model:b", "model=b|~a*|~*c"},
    {"lists", "model:a,b client:c model:d,a", "model=a|b|d & client=c"},
    {"around a negation", "model:a -client:x model:b", "model=a|b & !client=x"},
    {"around a group", "model:a (client:x OR client:y) model:b", "model=a|b & (client=x | client=y)"},
    {"in a group", "(model:a model:b) OR client:c", "(model=a|b | client=c)"},
    {"in a negated group", "-(model:a model:b)", "!model=a|b"},
    {"in each side of an AND", "model:a model:b AND client:c client:d", "model=a|b & client=c|d"},
};

meaning_case const all_hold_cases[] = {
    {"explicit AND", "model:a AND model:b", "model=a & model=b"},
    {"explicit AND of wildcards", "model:a* AND model:*b", "model=~a* & model=~*b"},
    {"over an AND", "model:a client:c AND model:b", "(model=a & client=c) & model=b"},
    {"out of a group", "model:a (model:b client:c)", "model=a & (model=b & client=c)"},
    {"negated", "-model:a -model:b", "!model=a & !model=b"},
    {"one negated", "model:a -model:b", "model=a & !model=b"},
    {"negated between", "model:a -model:b model:c", "model=a|c & !model=b"},
    {"NOT ... NOT", "NOT client:x NOT client:y", "!client=x & !client=y"},
    {"negated words", "-alice -bob", "!initiator=alice & !initiator=bob"},
    {"texts", "prompt:a prompt:b", "prompt~a & prompt~b"},
    {"any text", "text:a text:a", "anywhere~a & anywhere~a"},
    {"presences", "has:prompt has:tool", "has:prompt & has:tool"},
    {"states", "is:completed is:failed", "is:completed & is:failed"},
    {"tools", "tool:a tool:b", "call(name=a) & call(name=b)"},
    {"servers", "server_url:a server_url:b", "call(server_url=a) & call(server_url=b)"},
    {"in a tool call", "tool(name:a name:b)", "call((name=a & name=b))"},
    {"injected", "injected:true injected:false", "call(injected=t) & call(injected=f)"},
    {"metadata", "metadata.k:a metadata.k:b", "metadata/k=a & metadata/k=b"},
    {"annotations", "annotation.k:a annotation.k:b", "annotations/k=a & annotations/k=b"},
    {"numbers", "input_tokens:1 input_tokens:2", "input_tokens=1 & input_tokens=2"},
    {"comparisons", "cost:>1 cost:<2", "cost>1000000 & cost<2000000"},
    {"times", "started:2025-01-01 started:2025-01-02",
     "started[2025-01-01T00:00:00Z..2025-01-02T00:00:00Z) & started[2025-01-02T00:00:00Z..2025-01-03T00:00:00Z)"},
    {"bounds", R"(started_after:"2025-01-01T00:00:00Z" model:a started_after:"2025-01-02T00:00:00Z")",
     "started[2025-01-01T00:00:00Z..*) & model=a & started[2025-01-02T00:00:00Z..*)"},
};

/// Two values of each key that a row has once, and how the two are shown.
struct once_case {
    std::string_view key, first, second, first_shown, second_shown;
};

std::ostream& operator<<(std::ostream& out, once_case const& c)
{
    return out << c.key;
}

constexpr std::string_view id_a = "aaaaaaaa-2222-3333-4444-555555555555",
                           id_a_shown = "{aaaaaaaa-2222-3333-4444-555555555555}",
                           id_b = "bbbbbbbb-2222-3333-4444-555555555555",
                           id_b_shown = "{bbbbbbbb-2222-3333-4444-555555555555}";

once_case const once_cases[] = {
    {"initiator", "x", "y", "x", "y"},
    {"provider", "x", "y", "x", "y"},
    {"provider_name", "x", "y", "x", "y"},
    {"model", "x", "y", "x", "y"},
    {"client", "x", "y", "x", "y"},
    {"session_id", "x", "y", "x", "y"},
    {"api_key_id", "x", "y", "x", "y"},
    {"error_type", "x", "y", "x", "y"},
    {"id", id_a, id_b, id_a_shown, id_b_shown},
    {"thread", id_a, id_b, id_a_shown, id_b_shown},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_repeats)

BOOST_DATA_TEST_CASE(any_of_them, bdata::make(merged_cases), c)
{
    BOOST_TEST(meaning_of(c.query) == c.meaning);
}

BOOST_DATA_TEST_CASE(all_of_them, bdata::make(all_hold_cases), c)
{
    BOOST_TEST(meaning_of(c.query) == c.meaning);
}

BOOST_DATA_TEST_CASE(each_key_that_a_row_has_once, bdata::make(once_cases), c)
{
    auto const key = std::string{c.key};
    auto const first = key + ":" + std::string{c.first};
    auto const second = key + ":" + std::string{c.second};
    auto const shows = [&](std::string_view values) { return key + "=" + std::string{values}; };
    auto const either = shows(c.first_shown) + "|" + std::string{c.second_shown};
    BOOST_TEST(meaning_of(first + " " + second) == either);
    BOOST_TEST(meaning_of(first + "," + std::string{c.second}) == either);
    BOOST_TEST(meaning_of(first + " AND " + second) == shows(c.first_shown) + " & " + shows(c.second_shown));
    BOOST_TEST(meaning_of("-" + first + " -" + second) == "!" + shows(c.first_shown) + " & !" + shows(c.second_shown));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
