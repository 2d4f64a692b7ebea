#include "grammar/check.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"
#include "grammar/print.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::grammar {
namespace {

constexpr unsigned seed = 19910806;

/// Random choices from a fixed seed.
class chance {
  public:
    explicit chance(unsigned from) : random_{from} { BOOST_TEST_MESSAGE("seed " << from); }

    std::size_t below(std::size_t bound) { return random_() % bound; }

    bool one_in(std::size_t count) { return below(count) == 0; }

    template <class Range>
    auto const& one_of(Range const& all)
    {
        return all[below(std::size(all))];
    }

    std::string bytes(std::size_t longest)
    {
        std::string out(below(longest), '\0');
        for (auto& c : out)
            c = static_cast<char>(random_());
        return out;
    }

  private:
    std::mt19937_64 random_;
};

/// What can stand in a piece, the odder the better.
constexpr std::string_view fragments[] = {
    "a",  "b",  "Z",  "0",  "9", "-",  ",",  "(",  ")",  "*",    "*",  "<",     ">",   "=",     "..",   ".",
    "\"", "\"", "\"", "\\", "é", "🦊", "\t", "\n", " ",  ":",    "OR", "AND",   "NOT", "tool(", "TOOL", "%",
    "_",  "'",  ";",  "$1", "{", "}",  "[",  "]",  "--", "/**/", "+",  "today", "1h",  "1.5",   "me",   "\u00a0",
};

constexpr std::string_view keys[] = {
    "provider", "Model",        "CLIENT",        "session_id",   "initiator",
    "id",       "error_type",   "started",       "Ended",        "duration",
    "cost",     "tool",         "input_tokens",  "prompt",       "text",
    "has",      "is",           "started_after", "injected",     "modle",
    "k",        "metadata.a.B", "metadata.",     "annotation.x", "é",
    "AND",      "a\"b c:\"",    "\"q k\"",       "k,l*>..",      "k(",
    "k(x)",
};
constexpr std::string_view call_keys[] = {"name",     "Name", "server_url", "input", "error",
                                          "injected", "nmae", "OR",         "k("};

/// Terms and words as the parser makes them, from pieces that are as odd as can be.
class leaf_pool {
  public:
    leaf_pool(chance& random, bool in_call) : random_{random}, in_call_{in_call}
    {
        constexpr std::size_t count = 2'000;
        while (leaves_.size() < count)
            add();
    }

    [[nodiscard]] std::vector<ast::expression> const& all() const { return leaves_; }

  private:
    void add()
    {
        std::string text;
        bool const is_words = random_.one_in(4);
        if (is_words) {
            for (auto words = random_.below(3) + 1; words > 0; --words)
                text.append(text.empty() ? "" : " ").append(piece());
        } else {
            text = in_call_ ? random_.one_of(call_keys) : random_.one_of(keys);
            text += ':';
            text += operand();
        }
        // Apart from the end, so that an open parenthesis of the piece does not take it.
        auto const got = parse((in_call_ ? "tool(" : "(") + text + " )");
        if (!got.faults.empty() || !got.tree.root)
            return;
        auto const* leaf = &*got.tree.root;
        if (auto const* const call = std::get_if<ast::tool_call>(&leaf->node); in_call_ && call != nullptr)
            leaf = call->body.get();
        if (std::holds_alternative<ast::term>(leaf->node) || std::holds_alternative<ast::bare_words>(leaf->node))
            leaves_.push_back(*leaf);
    }

    std::string operand()
    {
        constexpr std::string_view signs[] = {"<", "<=", ">", ">="};
        switch (random_.below(6)) {
        case 0:
            return std::string{random_.one_of(signs)} + piece();
        case 1:
            return (random_.one_in(3) ? "*" : piece()) + ".." + (random_.one_in(3) ? "*" : piece());
        case 2:
            return piece() + "," + piece() + (random_.one_in(2) ? "," + piece() : "");
        default:
            return piece();
        }
    }

    std::string piece()
    {
        std::string out;
        for (auto count = random_.below(7) + 1; count > 0; --count)
            out += random_.one_of(fragments);
        return random_.one_in(3) ? '"' + out + '"' : out;
    }

    chance& random_;
    bool in_call_;
    std::vector<ast::expression> leaves_;
};

/// Trees of all kinds of nodes, within what the parser can make: no negation of a negation, two operands at least, no
/// tool call in a tool call, limits kept.
class tree_maker {
  public:
    explicit tree_maker(chance& random) : random_{random}, outside_{random, false}, inside_{random, true} {}

    ast::query tree()
    {
        left_ = random_.below(limits::terms - 1) + 1;
        in_call_ = false;
        if (random_.one_in(50))
            return {};
        return {expression(random_.one_in(4) ? limits::nesting - 1 : 5)};
    }

    std::array<std::size_t, std::variant_size_v<decltype(ast::expression::node)>> seen{};

  private:
    ast::expression expression(std::size_t depth, bool may_negate = true)
    {
        auto out = any_expression(depth, may_negate);
        ++seen[out.node.index()];
        return out;
    }

    ast::expression any_expression(std::size_t depth, bool may_negate)
    {
        if (depth == 0 || left_ < 2 || random_.one_in(5))
            return leaf();
        switch (random_.below(5)) {
        case 0:
            if (may_negate)
                return {ast::negation{.operand = shared(expression(depth - 1, false)), .where = {}}};
            return leaf();
        case 1:
            if (!in_call_) {
                in_call_ = true;
                auto body = shared(expression(depth - 1));
                in_call_ = false;
                return {ast::tool_call{.body = std::move(body), .where = {}}};
            }
            return leaf();
        case 2:
            return {ast::sequence{.operands = several(depth - 1), .where = {}}};
        case 3:
            return {ast::conjunction{.operands = several(depth - 1), .where = {}}};
        default:
            return {ast::disjunction{.operands = several(depth - 1), .where = {}}};
        }
    }

    ast::expression leaf()
    {
        left_ -= left_ > 0 ? 1 : 0;
        return random_.one_of((in_call_ ? inside_ : outside_).all());
    }

    std::vector<ast::expression> several(std::size_t depth)
    {
        --left_; // of the second one
        std::vector<ast::expression> out;
        out.push_back(expression(depth));
        ++left_;
        out.push_back(expression(depth));
        while (left_ > 0 && random_.one_in(2))
            out.push_back(expression(depth));
        return out;
    }

    static std::shared_ptr<ast::expression const> shared(ast::expression e)
    {
        return std::make_shared<ast::expression const>(std::move(e));
    }

    chance& random_;
    leaf_pool outside_, inside_;
    std::size_t left_ = 0; ///< terms that there is room for
    bool in_call_ = false;
};

/// What the grammar gives meaning to, in no order.
std::string soup(chance& random)
{
    constexpr std::string_view parts[] = {
        "\"",
        "\"",
        ":",
        ":",
        " ",
        " ",
        " ",
        " ",
        "a",
        "-",
        "-",
        "*",
        ",",
        ",",
        "(",
        "(",
        ")",
        ")",
        " OR ",
        " AND ",
        " NOT ",
        "OR",
        "NOT",
        "tool(",
        "TOOL(",
        "\\",
        "\t",
        "é",
        "🦊",
        "<",
        ">=",
        "..",
        "5",
        "model:",
        "initiator:",
        "cost:",
        "duration:>",
        "started:",
        "ended:<",
        "name:",
        "error:",
        "text:",
        "prompt:a",
        "has:",
        "prompt",
        "is:",
        "inflight",
        "metadata.",
        "k:",
        "modle:",
        "me",
        "id:",
        "tool:bash",
        "today",
        "-24h",
        "2025-01-01",
        "input_tokens:1..",
        "started_after:today",
        "started_before:yesterday",
        "\"2025-01-01T00:00:00.0000001Z\"",
        "injected:true",
    };
    std::string out;
    for (auto count = random.below(40); count > 0; --count)
        out += random.one_of(parts);
    return out;
}

/// @return whether the canonical form could be compared: quotes that were added may make it too long.
bool require_read_back(ast::query const& tree)
{
    auto const printed = print(tree);
    if (printed.size() > limits::query_bytes)
        return false;
    auto const back = parse(printed);
    BOOST_TEST_REQUIRE(back.faults.empty(), printed);
    BOOST_TEST_REQUIRE((back.tree == tree), printed);
    BOOST_TEST_REQUIRE(print(back.tree) == printed);
    return true;
}

void require_sound(std::string const& query)
{
    auto const got = check(query, {});
    auto last = std::int64_t{-1};
    for (auto const& f : got.faults) {
        auto const offset = f.where ? std::int64_t{f.where->offset} : -1;
        BOOST_TEST_REQUIRE(offset >= last, query);
        last = offset;
        if (f.where)
            BOOST_TEST_REQUIRE(std::size_t{f.where->offset} + f.where->length <= query.size(), query);
        BOOST_TEST_REQUIRE((!f.field.empty() && !f.detail.empty()), query);
    }
    BOOST_TEST_REQUIRE(!describe(got.tree).empty());
    BOOST_TEST_INFO_SCOPE(query);
    bool const has_nested_calls = std::ranges::any_of(
        got.faults, [](fault const& f) { return f.detail.starts_with(R"q(Query has a "tool(" inside)q"); });
    if (!has_nested_calls) // such a tree is kept for its other faults, and no query has it
        require_read_back(got.tree);
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_properties)

BOOST_AUTO_TEST_CASE(a_printed_tree_is_read_back)
{
    chance random{seed};
    tree_maker make{random};
    constexpr std::size_t count = 6'000;
    std::size_t compared = 0;
    for (std::size_t i = 0; i < count; ++i)
        compared += require_read_back(make.tree()) ? 1 : 0;
    BOOST_TEST(compared > count * 9 / 10);
    for (auto const seen : make.seen)
        BOOST_TEST(seen > count / 10); // each kind of node
}

BOOST_AUTO_TEST_CASE(any_bytes_are_survived)
{
    chance random{seed + 1};
    for (int i = 0; i < 5'000; ++i)
        require_sound(random.bytes(80));
}

BOOST_AUTO_TEST_CASE(any_soup_of_the_language_is_survived)
{
    chance random{seed + 2};
    std::size_t right = 0;
    constexpr std::size_t count = 15'000;
    for (std::size_t i = 0; i < count; ++i) {
        auto const query = soup(random);
        require_sound(query);
        right += check(query, {}).faults.empty() ? 1 : 0;
    }
    BOOST_TEST(right > 100U); // not all of it is faulty
    BOOST_TEST(right < count / 2);
}

BOOST_AUTO_TEST_CASE(any_pieces_of_good_queries_are_survived)
{
    constexpr std::string_view good[] = {
        R"((model:gpt-5 OR model:o3*,"a b") -client:Cursor NOT (alice smith) input_tokens:>=1000)",
        R"(tool(name:bash -(error:timeout OR input:"rm -rf")) AND started:2025-01-01..* has:prompt,tool)",
        R"(metadata.team:"a,b",c -tool(x) (text:AKIA OR prompt:"drop table") is:inflight cost:*..0.25)",
    };
    chance random{seed + 3};
    for (int i = 0; i < 5'000; ++i) {
        std::string query{random.one_of(good)};
        for (auto edits = random.below(4) + 1; edits > 0; --edits) {
            auto const at = random.below(query.size());
            auto const length = random.below(4);
            if (random.one_in(2))
                query.erase(at, length);
            else
                query.insert(at, query.substr(random.below(query.size()), length));
            if (query.empty())
                query = "x";
        }
        require_sound(query);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
