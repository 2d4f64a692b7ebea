#include "grammar/parse.hpp"
#include "grammar/print.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

struct print_case {
    std::string_view query, printed = {};
};

std::ostream& operator<<(std::ostream& out, print_case const& c)
{
    return out << c.query;
}

print_case const print_cases[] = {
    {"", ""},
    {"  provider:openai   MODEL:o3 ", "provider:openai MODEL:o3"},
    {R"(provider:"openai")", "provider:openai"},
    {R"(provider:"")", R"(provider:"")"},
    {R"(provider:""")", R"(provider:"")"},
    {R"(model:"gpt 5)", R"(model:"gpt 5")"},
    {R"(started_after:"2025-01-01T00:00:00Z)", R"(started_after:"2025-01-01T00:00:00Z")"},
    {"model:claude-opus-4.5", "model:claude-opus-4.5"},
    {"started_after:-24h", "started_after:-24h"},
    {"model:OR", "model:OR"},
    {"é:ü 模", "é:ü 模"},
    {"a:b\tc", "a:b\tc"},
    // Quotes only where the text would be something else without them.
    {R"(provider:"a",b,"c d")", R"(provider:a,b,"c d")"},
    {R"(provider:"a,b",c)", R"(provider:"a,b",c)"},
    {R"(prompt:"a,b")", "prompt:a,b"},
    {R"(model:"claude-*",claude-*)", R"(model:"claude-*",claude-*)"},
    {R"(prompt:"claude-*")", "prompt:claude-*"},
    {R"(model:">5")", "model:>5"},
    {R"(cost:">5")", R"(cost:">5")"},
    {R"(cost:>"5")", "cost:>5"},
    {R"(cost:"1..5")", R"(cost:"1..5")"},
    {R"(model:"1..5")", "model:1..5"},
    {R"(cost:"1".."5")", "cost:1..5"},
    {R"(cost:"*"..5)", R"(cost:"*"..5)"},
    {R"(cost:""..5)", R"(cost:""..5)"},
    {R"(started:>="2025-01-01T00:00:00Z")", R"(started:>="2025-01-01T00:00:00Z")"},
    {R"q(model:"foo(bar)")q", "model:foo(bar)"},
    {R"q(model:"foo)(bar")q", R"q(model:"foo)(bar")q"},
    {R"(model:"(")", R"(model:"(")"},
    {"model:a(b x:1", R"(model:"a(b" x:1)"},
    // Quotes in a value: at one end, at the other, at both, at none.
    {R"(model:a"b"c)", R"(model:a"b"c)"},
    {R"(model:"a"b)", R"(model:a"b")"},
    {R"(model:"a b"c)", R"(model:"a b"c)"},
    {R"(model:a"b c)", R"(model:a"b c")"},
    {R"(model:"a:b"c"d:e")", R"(model:"a:b"c"d:e")"},
    {R"(model:a"b)", R"(model:a"b")"},
    {R"("provider":x)", R"("provider":x)"},
    // Words.
    {"alice", "alice"},
    {R"("alice  smith")", R"("alice  smith")"},
    {R"("alice" smith a:b jones)", "alice smith jones a:b"},
    {R"("" a:"b")", R"("" a:b)"},
    {R"("NOT")", R"("NOT")"},
    {"not a", "not a"},
    {"alice ORlando", "alice ORlando"},
    {R"("-alice")", R"("-alice")"},
    {"alice-b - c", "alice-b - c"},
    {R"("a:b" c)", R"("a:b" c)"},
    {R"("a"b "x:y" c)", R"(a"b" "x:y" c)"},
    {R"("a"b "x:y" "c"d "z:w")", R"(a"b" "x:y" c"d" "z:w")"},
    {R"("x:y " a"b:c")", R"("x:y " a"b:c")"},
    {R"("(alice")", R"("(alice")"},
    {R"q("tool(a)")q", R"q("tool(a)")q"},
    // Words that follow words.
    {"(a) b", "a (b)"},
    {"(a b) (c d)", "a b (c d)"},
    {"a x:1 (b)", "a x:1 (b)"},
    {"(a) x:1 b", "a x:1 (b)"},
    {"-a (b)", "-a (b)"},
    {"a -b (c)", "a -b (c)"},
    {"tool(a) b", "tool(a) b"},
    {"(a OR b) c", "(a OR b) c"},
    // Signs, groups, operators.
    {"NOT client:Cursor", "-client:Cursor"},
    {"NOT - alice", "-- alice"},
    {"-(alice)", "-alice"},
    {"-alice smith", "-alice smith"},
    {"--a:1", "a:1"},
    {"-NOT-a:1", "-NOT-a:1"},
    {"(((a:1)))", "a:1"},
    {"a:1 OR(b:2)", "a:1 OR b:2"},
    {"(a:1)OR(b:2 AND(c:3))", "a:1 OR b:2 AND c:3"},
    {"TOOL(  name:bash  error:timeout)", "tool(name:bash error:timeout)"},
    {"tool((name:a OR name:b))", "tool(name:a OR name:b)"},
    // A parenthesis that is open in a value takes the next one that closes, unless they are apart.
    {R"q(-(a:1 model:f(x"y z" ))q", R"q(-(a:1 model:f(x"y z" ))q"},
    {R"q(tool(input:f(x"y z" ))q", R"q(tool(input:f(x"y z" ))q"},
    {R"q(-(a:1 cost:>f(x"y z" ))q", R"q(-(a:1 cost:>f(x"y z" ))q"},
    {R"q(-(a:1 cost:f(x"y z"..* ))q", R"q(-(a:1 cost:f(x"y z"..* ))q"},
    {R"q(-(a:1 model:f(x"y z",b ))q", R"q(-(a:1 model:f(x"y z",b ))q"},
    {R"q(-(a:1 cost:f(x"y z"..b ))q", R"q(-(a:1 cost:f(x"y z"..b ))q"},
    {R"q(-(model:f(x"y z" a:1))q", R"q(-(model:f(x"y z" a:1))q"},
    {"-(a:1 k(:v )", "-(a:1 k(:v )"},
};

/// Values that can be spelled in few ways, since they hold quotes and parentheses.
print_case const odd_cases[] = {
    {R"q(model:a(,)"b c")q"},
    {R"q(model:a(,")b",)"c d")q"},
    {R"q(model:o(m*,"a b")"c)q"},
    {R"q(-(a:1 model:f(x"y z",b,c(" " ))q"},
    {R"q(cost:a(..)"b c")q"},
    {R"q(cost:f(x"y z".."b" (c))q"},
    {R"q(model:""a*" "b)q"},
    {R"q(model:x,""a*" ",y)q"},
    {R"q(cost:"">5" "x)q"},
    {R"q(cost:""1..2" "b)q"},
    {R"q(cost:>""a" "b)q"},
    {R"q(""-a" "b c)q"},
    {R"q(a OR ""OR" "b)q"},
    {R"q(""tool(" "a)q"},
    {R"q(""(" "a)q"},
};

ast::text text(std::string value, std::uint32_t offset = 0)
{
    auto const length = static_cast<std::uint32_t>(value.size());
    return {.value = std::move(value), .where = {.offset = offset, .length = length}};
}

ast::expression term(std::string key, ast::operand value)
{
    return {ast::term{.key = text(std::move(key)), .value = std::move(value), .where = {}}};
}

ast::expression term(std::string key, std::string value)
{
    return term(std::move(key), ast::value_list{{text(std::move(value))}});
}

ast::expression words(std::vector<std::string> const& values)
{
    ast::bare_words out;
    for (auto const& value : values)
        out.words.push_back(text(value));
    out.where = out.words.front().where;
    return {std::move(out)};
}

ast::expression negate(ast::expression operand)
{
    return {ast::negation{.operand = std::make_shared<ast::expression const>(std::move(operand)), .where = {}}};
}

ast::expression beside(std::vector<ast::expression> operands)
{
    return {ast::sequence{.operands = std::move(operands), .where = {}}};
}

ast::expression all(std::vector<ast::expression> operands)
{
    return {ast::conjunction{.operands = std::move(operands), .where = {}}};
}

ast::expression any(std::vector<ast::expression> operands)
{
    return {ast::disjunction{.operands = std::move(operands), .where = {}}};
}

ast::expression call(ast::expression body, span where = {})
{
    return {ast::tool_call{.body = std::make_shared<ast::expression const>(std::move(body)), .where = where}};
}

ast::text pattern(std::string value)
{
    auto out = text(std::move(value));
    out.wildcard = true;
    return out;
}

ast::expression range(std::optional<ast::text> low, std::optional<ast::text> high)
{
    return term("cost", ast::range{.low = std::move(low), .high = std::move(high), .where = {}});
}

struct whole_case {
    std::string_view printed;
    ast::query tree;
};

std::ostream& operator<<(std::ostream& out, whole_case const& c)
{
    return out << c.printed;
}

/// Each kind of node, and each inside of each other.
std::vector<whole_case> whole_language()
{
    using enum ast::relation;
    auto const a = term("a", "1");
    auto const b = term("b", "2");
    auto const c = term("c", "3");
    return {
        {R"(provider:openai,"a,b","c d")",
         {term("provider", ast::value_list{{text("openai"), text("a,b"), text("c d")}})}},
        {R"(model:a*,"b*")", {term("model", ast::value_list{{pattern("a*"), text("b*")}})}},
        {"cost:<1", {term("cost", ast::comparison{less, text("1")})}},
        {"cost:<=1", {term("cost", ast::comparison{less_equal, text("1")})}},
        {"cost:>1", {term("cost", ast::comparison{greater, text("1")})}},
        {R"(cost:>="10:30")", {term("cost", ast::comparison{greater_equal, text("10:30")})}},
        {"cost:100..500", {range(text("100"), text("500"))}},
        {"cost:*..500", {range({}, text("500"))}},
        {R"(cost:"10:30"..*)", {range(text("10:30"), {})}},
        {"cost:*..*", {range({}, {})}},
        {"-client:Cursor", {negate(term("client", "Cursor"))}},
        {"-alice", {negate(words({"alice"}))}},
        {"-alice smith", {negate(words({"alice", "smith"}))}},
        {R"(-"alice smith")", {negate(words({"alice smith"}))}},
        {"-(a:1 b:2)", {negate(beside({a, b}))}},
        {"-(a:1 AND b:2)", {negate(all({a, b}))}},
        {"-(a:1 OR b:2)", {negate(any({a, b}))}},
        {"a:1 OR b:2", {any({a, b})}},
        {"a:1 AND b:2", {all({a, b})}},
        {"a:1 b:2", {beside({a, b})}},
        {"(a:1 OR b:2) c:3", {beside({any({a, b}), c})}},
        {"(a:1 AND b:2) c:3", {beside({all({a, b}), c})}},
        {"(a:1 b:2) c:3", {beside({beside({a, b}), c})}},
        {"a:1 b:2 AND c:3", {all({beside({a, b}), c})}},
        {"(a:1 AND b:2) AND c:3", {all({all({a, b}), c})}},
        {"(a:1 OR b:2) AND c:3", {all({any({a, b}), c})}},
        {"a:1 b:2 OR c:3", {any({beside({a, b}), c})}},
        {"a:1 AND b:2 OR c:3", {any({all({a, b}), c})}},
        {"(a:1 OR b:2) OR c:3", {any({any({a, b}), c})}},
        {"-a:1 -b:2 AND -c:3", {all({beside({negate(a), negate(b)}), negate(c)})}},
        {"alice (smith) a:1", {beside({words({"alice"}), words({"smith"}), a})}},
        {"-alice (smith)", {beside({negate(words({"alice"})), words({"smith"})})}},
        {"tool(name:bash error:timeout)", {call(beside({term("name", "bash"), term("error", "timeout")}))}},
        {"tool(name:bash)", {call(term("name", "bash"))}},
        {"tool(bash)", {call(words({"bash"}))}},
        {"tool(-name:a AND (name:b OR error:c))",
         {call(all({negate(term("name", "a")), any({term("name", "b"), term("error", "c")})}))}},
        {"-tool(name:a OR name:b)", {negate(call(any({term("name", "a"), term("name", "b")})))}},
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_print)

BOOST_DATA_TEST_CASE(canonical_query, bdata::make(print_cases), c)
{
    auto const tree = parse(c.query).tree;
    BOOST_TEST(print(tree) == c.printed);
    BOOST_TEST((parse(c.printed).tree == tree));
}

BOOST_DATA_TEST_CASE(odd_values_are_read_back, bdata::make(odd_cases), c)
{
    auto const got = parse(c.query);
    BOOST_TEST_REQUIRE(got.faults.empty());
    auto const printed = print(got.tree);
    auto const back = parse(printed);
    BOOST_TEST(back.faults.empty(), printed);
    BOOST_TEST((back.tree == got.tree), printed);
    BOOST_TEST(print(back.tree) == printed);
}

BOOST_DATA_TEST_CASE(whole_language_is_printed, bdata::make(whole_language()), c)
{
    BOOST_TEST(print(c.tree) == c.printed);
    BOOST_TEST((parse(c.printed).tree == c.tree));
}

BOOST_AUTO_TEST_CASE(different_trees_are_unequal)
{
    auto const cases = whole_language();
    for (std::size_t i = 0; i < cases.size(); ++i)
        for (std::size_t j = 0; j < cases.size(); ++j)
            BOOST_TEST((cases[i].tree == cases[j].tree) == (i == j), cases[i].printed << " | " << cases[j].printed);
}

BOOST_AUTO_TEST_CASE(a_value_that_no_query_has_is_printed_all_the_same)
{
    BOOST_TEST(print({term("a", "\"b\"")}) == R"(a:""b"")");
    BOOST_TEST(print({words({"\"a"})}) == R"(""a")");
}

BOOST_AUTO_TEST_CASE(flat_query_described)
{
    BOOST_TEST(describe(parse(R"(provider:"open ai" alice bob)").tree) == "side by side 0..28\n"
                                                                          "  term 0..18\n"
                                                                          "    key \"provider\" 0..8\n"
                                                                          "    value \"open ai\" 10..17\n"
                                                                          "  words \"alice bob\" 19..28\n");
    BOOST_TEST(describe(parse("").tree) == "everything\n");
}

BOOST_AUTO_TEST_CASE(every_node_described)
{
    BOOST_TEST(describe(parse(R"((-cost:1..2 OR model:a*,"b c") AND tool(name:d AND e))").tree) ==
               "all of 1..53\n"
               "  any of 1..29\n"
               "    not 1..11\n"
               "      term 2..11\n"
               "        key \"cost\" 2..6\n"
               "        from \"1\" 7..8\n"
               "        to \"2\" 10..11\n"
               "    term 15..29\n"
               "      key \"model\" 15..20\n"
               "      pattern \"a*\" 21..23\n"
               "      value \"b c\" 25..28\n"
               "  one tool call 35..53\n"
               "    all of 40..52\n"
               "      term 40..46\n"
               "        key \"name\" 40..44\n"
               "        value \"d\" 45..46\n"
               "      words \"e\" 51..52\n");
}

BOOST_AUTO_TEST_CASE(an_open_end_is_not_described)
{
    BOOST_TEST(describe(parse("cost:*..2").tree) == "term 0..9\n  key \"cost\" 0..4\n  to \"2\" 8..9\n");
    BOOST_TEST(describe(parse("cost:1..*").tree) == "term 0..9\n  key \"cost\" 0..4\n  from \"1\" 5..6\n");
}

struct relation_case {
    ast::relation how;
    std::string_view words;
};

std::ostream& operator<<(std::ostream& out, relation_case const& c)
{
    return out << c.words;
}

relation_case const relation_cases[] = {
    {ast::relation::less, "less than"},
    {ast::relation::less_equal, "at most"},
    {ast::relation::greater, "more than"},
    {ast::relation::greater_equal, "at least"},
};

BOOST_DATA_TEST_CASE(comparison_described, bdata::make(relation_cases), c)
{
    auto const got = describe({term("n", ast::comparison{c.how, text("5", 3)})});
    BOOST_TEST(got == "term 0..0\n  key \"n\" 0..1\n  " + std::string{c.words} + " \"5\" 3..4\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
