#include "grammar/parse.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

/// A flat tree on one line: `key=value` with their places, words alone.
std::string outline(ast::query const& tree)
{
    auto const show = [](ast::text const& text) {
        return "[" + text.value + "]" + std::to_string(text.where.offset) + "+" + std::to_string(text.where.length);
    };
    if (!tree.root)
        return {};
    auto const* const side_by_side = std::get_if<ast::sequence>(&tree.root->node);
    std::string out;
    for (auto const& operand : side_by_side != nullptr ? side_by_side->operands : std::vector{*tree.root}) {
        if (!out.empty())
            out += ' ';
        if (auto const* const term = std::get_if<ast::term>(&operand.node))
            out += show(term->key) + "=" + show(std::get<ast::value_list>(term->value).values.at(0));
        else
            out += show(std::get<ast::bare_words>(operand.node).joined());
    }
    return out;
}

struct tree_case {
    std::string_view name, query, tree;
};

std::ostream& operator<<(std::ostream& out, tree_case const& c)
{
    return out << c.name;
}

tree_case const tree_cases[] = {
    {"nothing", "", ""},
    {"spaces", "   ", ""},
    {"a term", "provider:openai", "[provider]0+8=[openai]9+6"},
    {"runs of spaces are one", "  a:b   c:d  ", "[a]2+1=[b]4+1 [c]8+1=[d]10+1"},
    {"key keeps its spelling", "PROVIDER:OpenAI", "[PROVIDER]0+8=[OpenAI]9+6"},
    {"quoted value", R"(model:"gpt 5")", "[model]0+5=[gpt 5]7+5"},
    {"colon in quotes", R"(started_after:"2025-01-01T00:00:00Z")", "[started_after]0+13=[2025-01-01T00:00:00Z]15+20"},
    {"empty value", R"(model:"")", "[model]0+5=[]8+0"},
    {"many quotes around", R"(model:"""a""")", "[model]0+5=[a]9+1"},
    {"quotes in the middle stay", R"(model:a"b c"d)", R"([model]0+5=[a"b c"d]6+7)"},
    {"quotes dropped at one end", R"(model:"a"b)", R"([model]0+5=[a"b]7+3)"},
    {"unclosed quote in a value", R"(model:"a b:c d)", "[model]0+5=[a b:c d]7+7"},
    {"unclosed quote in the middle", R"(model:a"b c)", R"([model]0+5=[a"b c]6+5)"},
    {"only a quote as value", R"(model:")", "[model]0+5=[]7+0"},
    {"a key is never quoted", R"("provider":x)", R"(["provider"]0+10=[x]11+1)"},
    {"quotes within a key", R"(a" b":x)", R"([a" b"]0+5=[x]6+1)"},
    {"tab does not split", "a:b\tc", "[a]0+1=[b\tc]2+3"},
    {"line end does not split", "a:b\nc e", "[a]0+1=[b\nc]2+3 [e]6+1"},
    {"no-break space does not split", "a:b\u00a0c", "[a]0+1=[b\u00a0c]2+4"},
    {"bytes, not characters", "é:ü 模:x", "[é]0+2=[ü]3+2 [模]6+3=[x]10+1"},
    {"backslash is ordinary", R"(a:"b\" c)", R"([a]0+1=[b\]3+2 [c]7+1)"},
    {"comma of an unknown key is ordinary", "a:b,c", "[a]0+1=[b,c]2+3"},
    {"star and comparison of an unknown key are ordinary", "a:>=5* b:1..5", "[a]0+1=[>=5*]2+4 [b]7+1=[1..5]9+4"},
    {"minus within a key is ordinary", "a-b:c-d", "[a-b]0+3=[c-d]4+3"},
    {"a word", "alice", "[alice]0+5"},
    {"words are joined", "alice  smith", "[alice smith]0+12"},
    {"words are joined around terms", "alice a:b smith", "[alice smith]0+5 [a]6+1=[b]8+1"},
    {"first run gives the place", "a:b x y c:d z", "[a]0+1=[b]2+1 [x y z]4+3 [c]8+1=[d]10+1"},
    {"operators in lower case are words", "a or b and not c", "[a or b and not c]0+16"},
    {"operators within words", "aOR ORa NOTa aAND", "[aOR ORa NOTa aAND]0+17"},
    {"quoted operators are words", R"("NOT" a "OR" b "AND" c)", "[NOT a OR b AND c]1+21"},
    {"minus alone is a word", "a - b -", "[a - b -]0+7"},
    {"comma, star and comparison in words", "a,b c* >5 1..2", "[a,b c* >5 1..2]0+14"},
    {"quoted words", R"("alice smith")", "[alice smith]1+11"},
    {"each word's quotes are dropped", R"("alice" "smith")", R"([alice smith]1+13)"},
    {"quoted colon is a word", R"("a:b")", "[a:b]1+3"},
    {"colon after a quote is a word", R"(":b)", R"([:b]1+2)"},
    {"empty word", R"("")", "[]2+0"},
    {"one quote", R"(")", "[]1+0"},
    {"empty words do not show", R"("" alice "" smith)", "[alice smith]3+14"},
    {"empty word before a term", R"("" a:b alice)", "[alice]7+5 [a]3+1=[b]5+1"},
    {"spaces in quotes are kept", R"("  ")", "[  ]1+2"},
    {"unclosed quote of a word", R"(alice "smith a:b)", "[alice smith a:b]0+16"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_parse)

BOOST_DATA_TEST_CASE(tree_is_as_written, bdata::make(tree_cases), c)
{
    auto const got = parse(c.query);
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(outline(got.tree) == c.tree);
}

BOOST_AUTO_TEST_CASE(places_of_whole_terms_and_of_the_query)
{
    auto const tree = parse(R"( model:"a b" x )").tree;
    auto const& whole = std::get<ast::sequence>(tree.root.value().node);
    BOOST_TEST((whole.where == span{1, 13}));
    BOOST_TEST((std::get<ast::term>(whole.operands.at(0).node).where == span{1, 11}));
    BOOST_TEST((std::get<ast::bare_words>(whole.operands.at(1).node).where == span{13, 1}));
}

BOOST_AUTO_TEST_CASE(what_is_right_is_kept_beside_faults)
{
    auto const got = parse("a:b :c x d::e f:g");
    BOOST_TEST(got.faults.size() == 2U);
    BOOST_TEST(outline(got.tree) == "[a]0+1=[b]2+1 [x]7+1 [f]14+1=[g]16+1");
}

BOOST_AUTO_TEST_CASE(equality_leaves_places_out)
{
    BOOST_TEST((parse("  a:b  x ").tree == parse(R"(a:"b" x)").tree));
    BOOST_TEST(!(parse("a:b").tree == parse("a:c").tree));
    BOOST_TEST(!(parse("a:b").tree == parse("A:b").tree));
    BOOST_TEST(!(parse("a:b x").tree == parse("x a:b").tree));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
