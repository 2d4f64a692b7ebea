#include "grammar/parse.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

/// A tree on one line: `key=[value]`, `~[pattern]`, `{words|apart}`, `!x`, `(x y)`, `(x & y)`, `(x | y)`, `tool(x)`.
class outliner {
  public:
    std::string operator()(ast::expression const& e) const { return std::visit(*this, e.node); }

    std::string operator()(ast::term const& term) const { return term.key.value + std::visit(*this, term.value); }

    std::string operator()(ast::bare_words const& bare) const
    {
        std::string out;
        for (auto const& word : bare.words)
            out += (&word == bare.words.data() ? "" : "|") + word.value;
        return "{" + out + "}";
    }

    std::string operator()(ast::negation const& negation) const { return "!" + (*this)(*negation.operand); }

    std::string operator()(ast::sequence const& terms) const { return joined(terms.operands, " "); }

    std::string operator()(ast::conjunction const& all) const { return joined(all.operands, " & "); }

    std::string operator()(ast::disjunction const& any) const { return joined(any.operands, " | "); }

    std::string operator()(ast::tool_call const& call) const { return "tool(" + (*this)(*call.body) + ")"; }

    std::string operator()(ast::value_list const& list) const
    {
        std::string out = "=";
        for (auto const& value : list.values)
            out += (&value == list.values.data() ? "" : ",") + show(value);
        return out;
    }

    std::string operator()(ast::comparison const& comparison) const
    {
        constexpr char const* symbols[] = {"<", "<=", ">", ">="};
        return symbols[static_cast<std::size_t>(comparison.how)] + show(comparison.value);
    }

    std::string operator()(ast::range const& range) const
    {
        return "=" + (range.low ? show(*range.low) : "*") + ".." + (range.high ? show(*range.high) : "*");
    }

  private:
    static std::string show(ast::text const& text) { return (text.wildcard ? "~[" : "[") + text.value + "]"; }

    [[nodiscard]] std::string joined(std::vector<ast::expression> const& operands, char const* by) const
    {
        std::string out;
        for (auto const& operand : operands)
            out += (&operand == operands.data() ? "" : by) + (*this)(operand);
        return "(" + out + ")";
    }
};

std::string outline(ast::query const& tree)
{
    return tree.root ? outliner{}(*tree.root) : "";
}

struct tree_case {
    std::string_view name, query, tree;
};

std::ostream& operator<<(std::ostream& out, tree_case const& c)
{
    return out << c.name;
}

tree_case const tree_cases[] = {
    // Lists.
    {"list", "provider:openai,anthropic", "provider=[openai],[anthropic]"},
    {"list of quoted values", R"(model:"a,b","c d",e)", "model=[a,b],[c d],[e]"},
    {"empty quoted value in a list", R"(model:a,"",b)", "model=[a],[],[b]"},
    {"quotes hide a comma in the middle", R"(model:a"b,c"d,e)", R"(model=[a"b,c"d],[e])"},
    {"list of words", "id:a,b has:c,d error_type:e,f", "(id=[a],[b] has=[c],[d] error_type=[e],[f])"},
    {"list of an ordered key", "input_tokens:1,2", "input_tokens=[1],[2]"},
    {"list of a key with a path", "metadata.k:a,b annotation.l:c,d", "(metadata.k=[a],[b] annotation.l=[c],[d])"},
    {"comma of a text key", "prompt:a,b text:c,d", "(prompt=[a,b] text=[c,d])"},
    {"comma of a bound", "started_after:a,b started_before:c,d", "(started_after=[a,b] started_before=[c,d])"},
    {"comma of an unknown key", "modle:a,b", "modle=[a,b]"},
    // Wildcards.
    {"star at the end", "model:claude-*", "model=~[claude-*]"},
    {"star at the start", "model:*-mini", "model=~[*-mini]"},
    {"star within, two stars, only stars", "model:a*b,*a*,**", "model=~[a*b],~[*a*],~[**]"},
    {"quoted star", R"(model:"claude-*")", "model=[claude-*]"},
    {"quoted star beside a bare one", R"(model:"a*",b*)", "model=[a*],~[b*]"},
    {"a quote at one end quotes", R"(model:"a"* model:*"a")", R"((model=[a"*] model=[*"a]))"},
    {"quotes within do not quote", R"(model:a"b"*)", R"(model=~[a"b"*])"},
    {"keys with wildcards", "provider:a* provider_name:b* client:c* session_id:d* tool:e* server_url:f*",
     "(provider=~[a*] provider_name=~[b*] client=~[c*] session_id=~[d*] tool=~[e*] server_url=~[f*])"},
    {"keys with wildcards of a tool call", "tool(name:a* server_url:b*)", "tool((name=~[a*] server_url=~[b*]))"},
    {"keys of words have none", "initiator:a* id:b* thread:c* api_key_id:d* error_type:e* has:f* is:g* injected:h*",
     "(initiator=[a*] id=[b*] thread=[c*] api_key_id=[d*] error_type=[e*] has=[f*] is=[g*] injected=[h*])"},
    {"keys of text have none", "prompt:a* thinking:b* tool_input:c* tool_error:d* error_message:e* text:f*",
     "(prompt=[a*] thinking=[b*] tool_input=[c*] tool_error=[d*] error_message=[e*] text=[f*])"},
    {"keys of text of a tool call have none", "tool(input:a* error:b* injected:c*)",
     "tool((input=[a*] error=[b*] injected=[c*]))"},
    {"other keys have none", "metadata.k:a* annotation.k:b* input_tokens:c* started_after:d*",
     "(metadata.k=[a*] annotation.k=[b*] input_tokens=[c*] started_after=[d*])"},
    {"a key means what its place says", "name:a* tool(name:a*)", "(name=[a*] tool(name=~[a*]))"},
    // Comparisons.
    {"less", "input_tokens:<1", "input_tokens<[1]"},
    {"at most", "input_tokens:<=1", "input_tokens<=[1]"},
    {"more", "input_tokens:>1", "input_tokens>[1]"},
    {"at least", "input_tokens:>=1", "input_tokens>=[1]"},
    {"each ordered key",
     "started:>a ended:>b duration:>c input_tokens:>d output_tokens:>e total_tokens:>f cache_read_tokens:>g "
     "cache_write_tokens:>h cost:>i",
     "(started>[a] ended>[b] duration>[c] input_tokens>[d] output_tokens>[e] total_tokens>[f] cache_read_tokens>[g] "
     "cache_write_tokens>[h] cost>[i])"},
    {"quoted value after a sign", R"(started:>="2025-01-01T00:00:00Z")", "started>=[2025-01-01T00:00:00Z]"},
    {"quoted space after a sign", R"(duration:>"30 s")", "duration>[30 s]"},
    {"quoted nothing after a sign", R"(duration:>"")", "duration>[]"},
    {"a quoted sign is text", R"(input_tokens:">1")", "input_tokens=[>1]"},
    {"other signs are text", "input_tokens:=1 output_tokens:!1", "(input_tokens=[=1] output_tokens=[!1])"},
    {"a sign takes the rest", "input_tokens:>1,2 output_tokens:>1..2 cost:>>1",
     "(input_tokens>[1,2] output_tokens>[1..2] cost>[>1])"},
    {"a sign of a key without an order is text", "model:>1 metadata.k:<1 prompt:>=1",
     "(model=[>1] metadata.k=[<1] prompt=[>=1])"},
    // Ranges.
    {"range", "input_tokens:100..500", "input_tokens=[100]..[500]"},
    {"open start", "input_tokens:*..500", "input_tokens=*..[500]"},
    {"open end", "input_tokens:100..*", "input_tokens=[100]..*"},
    {"open at both ends", "input_tokens:*..*", "input_tokens=*..*"},
    {"quoted ends", R"(started:"2025-01-01T00:00:00Z".."2025-01-02T00:00:00Z")",
     "started=[2025-01-01T00:00:00Z]..[2025-01-02T00:00:00Z]"},
    {"a quoted star is no open end", R"(input_tokens:"*"..5)", "input_tokens=[*]..[5]"},
    {"quoted nothing at an end", R"(input_tokens:""..5)", "input_tokens=[]..[5]"},
    {"quoted dots are text", R"(input_tokens:"1..5")", "input_tokens=[1..5]"},
    {"one dot is no range", "cost:1.5", "cost=[1.5]"},
    {"the first dots part", "cost:1...5 duration:1..2..3", "(cost=[1]..[.5] duration=[1]..[2..3])"},
    {"dots of a key without an order are text", "model:1..5 started_after:1..5", "(model=[1..5] started_after=[1..5])"},
    // Operators and binding.
    {"or", "model:a OR model:b", "(model=[a] | model=[b])"},
    {"and", "model:a AND model:b", "(model=[a] & model=[b])"},
    {"several of one operator are one node", "a:1 OR b:2 OR c:3", "(a=[1] | b=[2] | c=[3])"},
    {"several and", "a:1 AND b:2 AND c:3", "(a=[1] & b=[2] & c=[3])"},
    {"and binds tighter than or", "a:1 OR b:2 AND c:3 OR d:4", "(a=[1] | (b=[2] & c=[3]) | d=[4])"},
    {"side by side binds tighter than or", "a:1 b:2 OR c:3 d:4", "((a=[1] b=[2]) | (c=[3] d=[4]))"},
    {"side by side binds tighter than and", "a:1 b:2 AND c:3 d:4", "((a=[1] b=[2]) & (c=[3] d=[4]))"},
    {"negation binds tightest", "-a:1 b:2 OR NOT c:3 AND d:4", "((!a=[1] b=[2]) | (!c=[3] & d=[4]))"},
    {"group first", "(model:gpt-5 OR model:o3) initiator:alice", "((model=[gpt-5] | model=[o3]) initiator=[alice])"},
    {"group last", "a:1 AND (b:2 OR c:3)", "(a=[1] & (b=[2] | c=[3]))"},
    {"a group keeps what stands side by side apart", "(a:1 b:2) c:3", "((a=[1] b=[2]) c=[3])"},
    {"a group of one is that one", "((a:1)) (b:2)", "(a=[1] b=[2])"},
    {"a group of one operator in itself", "(a:1 OR b:2) OR c:3", "((a=[1] | b=[2]) | c=[3])"},
    {"spaces within a group", "(  a:1   OR  b:2  )", "(a=[1] | b=[2])"},
    {"groups without spaces", "(a:1)(b:2)c:3", "(a=[1] b=[2] c=[3])"},
    {"operators beside parentheses", "(a:1)OR(b:2)AND(c:3)", "(a=[1] | (b=[2] & c=[3]))"},
    {"operator before a parenthesis", "a:1 OR(b:2)", "(a=[1] | b=[2])"},
    // Negation.
    {"minus", "-client:Cursor", "!client=[Cursor]"},
    {"NOT", "NOT client:Cursor", "!client=[Cursor]"},
    {"minus of a group", "-(a:1 OR b:2)", "!(a=[1] | b=[2])"},
    {"NOT of a group", "NOT(a:1 b:2)", "!(a=[1] b=[2])"},
    {"NOT NOT", "NOT NOT a:1", "a=[1]"},
    {"three signs", "NOT -NOT a:1", "!a=[1]"},
    {"NOT is no word where a key goes on", "-NOT-a:1", "!NOT-a=[1]"},
    {"minus minus", "--a:1", "a=[1]"},
    {"folded through groups", "-(NOT (-(a:1 b:2)))", "!(a=[1] b=[2])"},
    {"a negation among others is not folded", "-(-a:1 b:2)", "!(!a=[1] b=[2])"},
    {"minus of a list and of a range", "-model:a,b* -cost:1..2", "(!model=[a],~[b*] !cost=[1]..[2])"},
    {"minus in a list is text", "model:-a,-b", "model=[-a],[-b]"},
    {"minus after a term", "a:1 -b:2", "(a=[1] !b=[2])"},
    {"minus of words", "-alice smith", "!{alice|smith}"},
    {"minus of quoted words", R"(-"alice smith")", "!{alice smith}"},
    {"minus ends a run", "alice -bob smith", "({alice} !{bob|smith})"},
    {"minus alone is a word", "a:1 - b:2", "(a=[1] {-} b=[2])"},
    {"minus before a parenthesis's end is a word", "(a:1 -)", "(a=[1] {-})"},
    {"quoted minus", R"("-a" "-b:1")", "{-a|-b:1}"},
    // What is an operator.
    {"lower case", "a or b and not c", "{a|or|b|and|not|c}"},
    {"mixed case", "a Or b And Not c", "{a|Or|b|And|Not|c}"},
    {"part of a word", "ORa OR bAND AND NOTc", "({ORa} | ({bAND} & {NOTc}))"},
    {"quoted", R"(a "OR" b "AND" "NOT" c OR d)", "({a|OR|b|AND|NOT|c} | {d})"},
    {"half quoted", R"(a O"R" b)", R"({a|O"R|b})"},
    {"a value", "model:OR model:NOT", "(model=[OR] model=[NOT])"},
    {"a key", "OR:a AND:b NOT:c", "(OR=[a] AND=[b] NOT=[c])"},
    {"a tab does not part it", "a OR\tb", "{a|OR\tb}"},
    // Parentheses.
    {"balanced in a value", "model:foo(bar)", "model=[foo(bar)]"},
    {"nested in a value", "model:a(b(c)d)(e)", "model=[a(b(c)d)(e)]"},
    {"balanced at a value's start", "model:(a)", "model=[(a)]"},
    {"balanced in a value in a group", "(model:foo(bar))", "model=[foo(bar)]"},
    {"an unmatched one ends a value", "(model:a OR model:b)c:1", "((model=[a] | model=[b]) c=[1])"},
    {"an open one in a value", "model:a(b c:1", "(model=[a(b] c=[1])"},
    {"an open one in a value of a group", "(model:a(b c:1)", "(model=[a(b] c=[1])"},
    {"quoted ones", R"q((model:"a)" OR model:"(b"))q", "(model=[a)] | model=[(b])"},
    {"balanced around a comma", "model:f(a,b),c", "model=[f(a],[b)],[c]"},
    {"balanced in a word", "alice(smith) bob", "{alice(smith)|bob}"},
    {"within a word it opens nothing", "alice(a OR (b)x", "({alice(a} | ({b} {x}))"},
    {"balanced in a key", "a(b):c", "a(b)=[c]"},
    // Tool calls.
    {"tool call", "tool(name:bash error:timeout)", "tool((name=[bash] error=[timeout]))"},
    {"of one term", "tool(name:bash)", "tool(name=[bash])"},
    {"in any case", "TOOL(name:a) Tool(name:b)", "(tool(name=[a]) tool(name=[b]))"},
    {"with a group", "tool(name:a OR (name:b -error:c))", "tool((name=[a] | (name=[b] !error=[c])))"},
    {"with parentheses all around", "tool((name:a))", "tool(name=[a])"},
    {"negated", "-tool(name:a) NOT tool(name:b)", "(!tool(name=[a]) !tool(name=[b]))"},
    {"of a negation", "tool(-name:a)", "tool(!name=[a])"},
    {"of words", "tool(bash run)", "tool({bash|run})"},
    {"spaces within", "tool(  name:a  )", "tool(name=[a])"},
    {"in groups", "(tool(name:a) OR b:1) c:2", "((tool(name=[a]) | b=[1]) c=[2])"},
    {"side by side without spaces", "tool(name:a)tool(name:b)", "(tool(name=[a]) tool(name=[b]))"},
    {"keys outside are of interceptions again", "tool(name:a*) name:a*", "(tool(name=~[a*]) name=[a*])"},
    {"a space makes it a word", "tool (a:1)", "({tool} a=[1])"},
    {"the end of a longer word is none", "mytool(a)", "{mytool(a)}"},
    {"quoted it is a word", R"q("tool(a)")q", "{tool(a)}"},
    {"as a key", "tool:bash", "tool=[bash]"},
    {"ends a run of words", "alice tool(a) bob", "({alice} tool({a}) {bob})"},
    // Words.
    {"each run is a term where operators are", "a b:1 c OR d", "(({a} b=[1] {c}) | {d})"},
    {"each run is a term where groups are", "a b:1 c (d:2)", "({a} b=[1] {c} d=[2])"},
    {"runs in groups", "(alice smith) (bob)", "({alice|smith} {bob})"},
    {"runs beside operators", "alice smith OR bob jones AND carol", "({alice|smith} | ({bob|jones} & {carol}))"},
    {"all words are one where the query is flat", "a b:1 c d:2 e", "({a|c|e} b=[1] d=[2])"},
    {"empty words do not show", R"("" a OR "")", "({a} | {})"},
    {"tabs and line ends do not split", "alice\tsmith OR bob\njones", "({alice\tsmith} | {bob\njones})"},
    {"an unclosed quote runs to the end", R"(a:1 OR "b) OR c)", "(a=[1] | {b) OR c})"},
};

/// Every node of a tree with the text at its place, outer before inner.
class placer {
  public:
    explicit placer(std::string_view query) : query_{query} {}

    std::string operator()(ast::expression const& e) { return std::visit(*this, e.node); }

    std::string operator()(ast::term const& term)
    {
        return at("term", term.where) + at("key", term.key.where) + std::visit(*this, term.value);
    }

    std::string operator()(ast::bare_words const& bare)
    {
        auto out = at("words", bare.where);
        for (auto const& word : bare.words)
            out += at("word", word.where);
        return out;
    }

    std::string operator()(ast::negation const& negation)
    {
        return at("not", negation.where) + (*this)(*negation.operand);
    }

    std::string operator()(ast::sequence const& terms) { return all("terms", terms); }

    std::string operator()(ast::conjunction const& all_of) { return all("and", all_of); }

    std::string operator()(ast::disjunction const& any_of) { return all("or", any_of); }

    std::string operator()(ast::tool_call const& call) { return at("call", call.where) + (*this)(*call.body); }

    std::string operator()(ast::value_list const& list)
    {
        std::string out;
        for (auto const& value : list.values)
            out += at("value", value.where);
        return out;
    }

    std::string operator()(ast::comparison const& comparison) { return at("value", comparison.value.where); }

    std::string operator()(ast::range const& range)
    {
        auto out = at("range", range.where);
        if (range.low)
            out += at("low", range.low->where);
        if (range.high)
            out += at("high", range.high->where);
        return out;
    }

  private:
    std::string at(char const* kind, span where)
    {
        return std::string{kind}.append("[").append(query_.substr(where.offset, where.length)).append("] ");
    }

    std::string all(char const* kind, auto const& of)
    {
        auto out = at(kind, of.where);
        for (auto const& operand : of.operands)
            out += (*this)(operand);
        return out;
    }

    std::string_view query_;
};

tree_case const place_cases[] = {
    {"list, wildcard, quotes", R"(  model:a*,"b c" )", R"(term[model:a*,"b c"] key[model] value[a*] value[b c] )"},
    {"comparison", R"(cost:>="1")", R"(term[cost:>="1"] key[cost] value[1] )"},
    {"range", R"(cost:"1"..2)", R"(term[cost:"1"..2] key[cost] range["1"..2] low[1] high[2] )"},
    {"open range", "cost:*..2", "term[cost:*..2] key[cost] range[*..2] high[2] "},
    {"negation from its sign on", "x:1 NOT  -  a:2",
     "terms[x:1 NOT  -  a:2] term[x:1] key[x] value[1] not[NOT  -] words[-] word[-] term[a:2] key[a] value[2] "},
    {"folded negation", "NOT -NOT(é:1)", "not[NOT -NOT(é:1] term[é:1] key[é] value[1] "},
    {"folded pair", "-(-a:1)", "term[a:1] key[a] value[1] "},
    {"parentheses around are left out", "((a:1) OR (b c))",
     "or[a:1) OR (b c] term[a:1] key[a] value[1] words[b c] word[b] word[c] "},
    {"and, or, side by side", "a:1 b:2 AND c:3 OR é",
     "or[a:1 b:2 AND c:3 OR é] and[a:1 b:2 AND c:3] terms[a:1 b:2] term[a:1] key[a] value[1] term[b:2] key[b] value[2] "
     "term[c:3] key[c] value[3] words[é] word[é] "},
    {"tool call with its parentheses", "-TOOL( name:a )",
     "not[-TOOL( name:a )] call[TOOL( name:a )] term[name:a] key[name] value[a] "},
    {"words without quotes", R"("a b"  c OR x)",
     R"(or[a b"  c OR x] words[a b"  c] word[a b] word[c] words[x] word[x] )"},
    {"empty word first", R"("" a OR x)", "or[a OR x] words[a] word[a] words[x] word[x] "},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_trees)

BOOST_DATA_TEST_CASE(tree_is_as_written, bdata::make(tree_cases), c)
{
    auto const got = parse(c.query);
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(outline(got.tree) == c.tree);
}

BOOST_DATA_TEST_CASE(nodes_know_their_places, bdata::make(place_cases), c)
{
    auto const got = parse(c.query);
    BOOST_TEST_REQUIRE(got.tree.root.has_value());
    BOOST_TEST(placer{c.query}(*got.tree.root) == c.tree);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
