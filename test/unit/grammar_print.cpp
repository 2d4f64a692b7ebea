#include "grammar/parse.hpp"
#include "grammar/print.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

struct print_case {
    std::string_view query, printed;
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
    // Plain today, operators of the whole language.
    {"provider:a,b", R"(provider:"a,b")"},
    {"model:claude-*", R"(model:"claude-*")"},
    {"model:foo(bar)", R"q(model:"foo(bar)")q"},
    {"model:>5", R"(model:">5")"},
    {"started_after:-24h", R"(started_after:"-24h")"},
    {"model:OR", "model:OR"},
    // Quotes in a value: at one end, at the other, at both, at none.
    {R"(model:a"b"c)", R"(model:a"b"c)"},
    {R"(model:"a"b)", R"(model:"a"b)"},
    {R"(model:"a b"c)", R"(model:"a b"c)"},
    {R"(model:a"b c)", R"(model:a"b c")"},
    {R"(model:"a:b"c"d:e")", R"(model:"a:b"c"d:e")"},
    {R"(model:a"b)", R"(model:"a"b)"},
    {R"("provider":x)", R"("provider":x)"},
    {"alice", "alice"},
    {R"("alice  smith")", R"("alice  smith")"},
    {R"("alice" smith a:b jones)", "alice smith jones a:b"},
    {R"("" a:"b")", R"("" a:b)"},
    {"NOT", R"("NOT")"},
    {"not a", "not a"},
    {"alice AND bob", R"(alice "AND" bob)"},
    {"alice ORlando", "alice ORlando"},
    {"-alice", R"("-alice")"},
    {"alice-b", "alice-b"},
    {R"("a:b" c)", R"("a:b" c)"},
    {R"("a"b "x:y" c)", R"(a"b x:y" c)"},
    {R"("a"b "x:y" "c"d "z:w")", R"(a"b x:y" c"d z:w")"},
    {R"("x:y " a"b:c")", R"("x:y " a"b:c")"},
    {"(alice", R"("(alice")"},
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

ast::expression words(std::string value)
{
    return {ast::bare_words{text(std::move(value))}};
}

ast::expression negate(ast::expression operand)
{
    return {ast::negation{.operand = std::make_shared<ast::expression const>(std::move(operand)), .where = {}}};
}

ast::expression all(std::vector<ast::expression> operands)
{
    return {ast::conjunction{.operands = std::move(operands), .where = {}}};
}

ast::expression any(std::vector<ast::expression> operands)
{
    return {ast::disjunction{.operands = std::move(operands), .where = {}}};
}

ast::query query(std::vector<ast::expression> operands)
{
    return {.root = {.operands = std::move(operands), .where = {}}};
}

struct whole_case {
    std::string_view printed;
    ast::query tree;
};

std::ostream& operator<<(std::ostream& out, whole_case const& c)
{
    return out << c.printed;
}

/// Trees that only the whole language will make.
std::vector<whole_case> whole_language()
{
    using enum ast::relation;
    return {
        {R"(provider:openai,"a,b","c d")",
         query({term("provider", ast::value_list{{text("openai"), text("a,b"), text("c d")}})})},
        {"n:<1", query({term("n", ast::comparison{less, text("1")})})},
        {"n:<=1", query({term("n", ast::comparison{less_equal, text("1")})})},
        {"n:>1", query({term("n", ast::comparison{greater, text("1")})})},
        {R"(n:>="10:30")", query({term("n", ast::comparison{greater_equal, text("10:30")})})},
        {"n:100..500", query({term("n", ast::range{text("100"), text("500")})})},
        {"n:*..500", query({term("n", ast::range{text("*"), text("500")})})},
        {R"(n:"10:30"..*)", query({term("n", ast::range{text("10:30"), text("*")})})},
        {"-client:Cursor", query({negate(term("client", "Cursor"))})},
        {"-alice", query({negate(words("alice"))})},
        {"-(alice smith)", query({negate(words("alice smith"))})},
        {"NOT -client:Cursor", query({negate(negate(term("client", "Cursor")))})},
        {"-(a:1 b:2)", query({negate(all({term("a", "1"), term("b", "2")}))})},
        {"-(a:1 OR b:2)", query({negate(any({term("a", "1"), term("b", "2")}))})},
        {"a:1 OR b:2", query({any({term("a", "1"), term("b", "2")})})},
        {"(a:1 OR b:2) c:3", query({any({term("a", "1"), term("b", "2")}), term("c", "3")})},
        {"a:1 b:2 OR c:3", query({any({all({term("a", "1"), term("b", "2")}), term("c", "3")})})},
        {"(a:1 OR b:2) OR c:3", query({any({any({term("a", "1"), term("b", "2")}), term("c", "3")})})},
        {"(a:1 b:2) c:3", query({all({term("a", "1"), term("b", "2")}), term("c", "3")})},
        {"(a:1 OR b:2) c:3 OR d:4",
         query({any({all({any({term("a", "1"), term("b", "2")}), term("c", "3")}), term("d", "4")})})},
        {"alice AND smith a:1", query({words("alice"), words("smith"), term("a", "1")})},
        {"tool(name:bash error:timeout)",
         query({{ast::function{text("tool"), {term("name", "bash"), term("error", "timeout")}, {}}}})},
        {"call(name:bash error:timeout)",
         query({{ast::function{text("call"), {term("name", "bash"), term("error", "timeout")}, {}}}})},
        {"tool(name:bash)", query({{ast::function{text("tool"), {term("name", "bash")}, {}}}})},
        {"-tool(name:a OR name:b)",
         query({negate({ast::function{text("tool"), {any({term("name", "a"), term("name", "b")})}, {}}})})},
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

BOOST_DATA_TEST_CASE(whole_language_is_printed, bdata::make(whole_language()), c)
{
    BOOST_TEST(print(c.tree) == c.printed);
}

BOOST_AUTO_TEST_CASE(different_trees_of_the_whole_language_are_unequal)
{
    auto const cases = whole_language();
    for (std::size_t i = 0; i < cases.size(); ++i)
        for (std::size_t j = 0; j < cases.size(); ++j)
            BOOST_TEST((cases[i].tree == cases[j].tree) == (i == j), cases[i].printed << " | " << cases[j].printed);
}

BOOST_AUTO_TEST_CASE(a_value_that_no_query_has_is_printed_all_the_same)
{
    BOOST_TEST(print(query({term("a", "\"b\"")})) == R"(a:""b"")");
    BOOST_TEST(print(query({words("a ")})) == R"("a ")");
}

BOOST_AUTO_TEST_CASE(flat_query_described)
{
    BOOST_TEST(describe(parse(R"(provider:"open ai" alice bob)").tree) == "all of 0..28\n"
                                                                          "  term 0..18\n"
                                                                          "    key \"provider\" 0..8\n"
                                                                          "    value \"open ai\" 10..17\n"
                                                                          "  words \"alice bob\" 19..28\n");
    BOOST_TEST(describe(parse("").tree) == "all of 0..0\n");
}

BOOST_AUTO_TEST_CASE(every_node_described)
{
    ast::query tree = query({
        any({negate(term("n", ast::range{text("1", 3), text("*", 6)})), words("b")}),
        {ast::function{text("tool", 20), {term("name", ast::value_list{{text("a"), text("b\"")}})}, {20, 9}}},
    });
    BOOST_TEST(describe(tree) == "all of 0..0\n"
                                 "  any of 0..0\n"
                                 "    not 0..0\n"
                                 "      term 0..0\n"
                                 "        key \"n\" 0..1\n"
                                 "        from \"1\" 3..4\n"
                                 "        to \"*\" 6..7\n"
                                 "    words \"b\" 0..1\n"
                                 "  function 20..29\n"
                                 "    name \"tool\" 20..24\n"
                                 "    term 0..0\n"
                                 "      key \"name\" 0..4\n"
                                 "      value \"a\" 0..1\n"
                                 "      value \"b\\\"\" 0..2\n");
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
    auto const got = describe(query({term("n", ast::comparison{c.how, text("5", 3)})}));
    BOOST_TEST(got == "all of 0..0\n  term 0..0\n    key \"n\" 0..1\n    " + std::string{c.words} + " \"5\" 3..4\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
