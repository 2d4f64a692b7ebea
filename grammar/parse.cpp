#include "grammar/parse.hpp"

#include "grammar/limits.hpp"
#include "grammar/pieces.hpp"
#include "grammar/tree_builder.hpp"
#include "grammar/utf8.hpp"

#include <boost/range/iterator_range_core.hpp>
#include <boost/spirit/home/x3.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

// The grammar. Every text is read to its end: where something is missing, a rule without a width takes its place and
// tells the builder, so that all faults of a query are found in one go. No rule looks back over more than one piece,
// and only parentheses recurse, no deeper than limits::nesting: time is linear, the stack bounded.
namespace bridgewatch::grammar {
namespace {

namespace x3 = boost::spirit::x3;

using slice = boost::iterator_range<char const*>;
using operands = tree_builder::operands;

std::string_view view_of(slice s)
{
    return {s.begin(), s.size()};
}

struct builder_tag;

tree_builder& builder(auto const& context)
{
    return x3::get<builder_tag>(context).get();
}

std::string_view matched(auto const& context)
{
    return view_of(x3::_attr(context));
}

// Actions. A lambda for each, since X3 tells parsers apart by their types.
auto const check_going = [](auto& c) { x3::_pass(c) = builder(c).going(); };
auto const start_piece = [](auto& c) { builder(c).start_piece(); };
auto const open_in_piece = [](auto& c) { builder(c).open_in_piece(); };
auto const close_in_piece = [](auto& c) { x3::_pass(c) = builder(c).close_in_piece(); };
auto const keep_word = [](auto& c) {
    x3::_pass(c) = tree_builder::is_word(matched(c));
    x3::_val(c) = x3::_attr(c);
};
auto const add_words = [](auto& c) {
    std::vector<std::string_view> words;
    for (auto const& word : x3::_attr(c))
        words.push_back(view_of(word));
    builder(c).add_words(x3::_val(c), words);
};
auto const add_term = [](auto& c) { builder(c).add_term(x3::_val(c), matched(c)); };
auto const saw_operator = [](auto& c) { builder(c).saw_operator(matched(c)); };
auto const is_missing = [](auto& c) {
    builder(c).operand_is_missing({x3::_where(c).begin(), static_cast<std::size_t>(x3::_where(c).size())});
};
auto const open = [](auto& c) { builder(c).open(matched(c)); };
auto const open_call = [](auto& c) { builder(c).open_tool_call(matched(c)); };
auto const close = [](auto& c) { builder(c).close(matched(c)); };
auto const unclosed = [](auto& c) { builder(c).close_is_missing(); };
auto const too_many = [](auto& c) { builder(c).close_too_many(matched(c)); };
auto const take = [](auto& c) { x3::_val(c) = std::move(x3::_attr(c)); };
auto const take_call = [](auto& c) { builder(c).add_tool_call(x3::_val(c), std::move(x3::_attr(c))); };

template <class Node>
constexpr auto fold = [](auto& c) { builder(c).template add_folded<Node>(x3::_val(c), std::move(x3::_attr(c))); };

/// A term with the signs before it.
struct signed_operand {
    slice sign;
    bool negated = false;
    operands of;
};

auto const add_sign = [](auto& c) {
    auto& out = x3::_val(c);
    builder(c).saw_operator(matched(c));
    if (out.sign.begin() == nullptr)
        out.sign = x3::_attr(c);
    out.negated = !out.negated;
};
auto const take_operand = [](auto& c) { x3::_val(c).of = std::move(x3::_attr(c)); };
auto const add_negated = [](auto& c) {
    auto& from = x3::_attr(c);
    builder(c).add_negated(x3::_val(c), std::move(from.of), view_of(from.sign), from.negated);
};

// Pieces stand between spaces. Quotes hide everything up to the next quote, or to the end. Parentheses belong to the
// piece where they are balanced.
auto const in_quotes = '"' >> *~x3::char_('"') >> ('"' | x3::eoi);
auto const parenthesis = x3::lit('(')[open_in_piece] | x3::lit(')')[close_in_piece];
auto const piece =
    x3::eps[start_piece] >> x3::raw[+(x3::omit[~x3::char_(" \"()")] | x3::omit[in_quotes] | parenthesis)];

auto const blanks = x3::omit[*x3::lit(' ')];
auto const word_end = &(x3::eoi | x3::char_(" ()"));
auto const not_word = x3::lit("NOT") >> word_end;
auto const and_word = x3::lit("AND") >> word_end;
auto const or_word = x3::lit("OR") >> word_end;
auto const an_operator = not_word | and_word | or_word;
auto const minus = '-' >> &~x3::char_(" )"); // alone it is a word
auto const call_start = x3::no_case[x3::lit("tool")] >> '(';
auto const going = x3::eps[check_going];

x3::rule<class word_id, slice> const word{"a word"};
x3::rule<class primary_id, operands> const primary{"a term"};
x3::rule<class group_id, operands> const group{"a group"};
x3::rule<class call_id, operands> const call{"a tool call"};
x3::rule<class inside_id, operands> const inside{"what stands in parentheses"};
x3::rule<class signed_id, signed_operand> const with_sign{"a term"};
x3::rule<class operand_id, operands> const operand{"a term"};
x3::rule<class side_by_side_id, operands> const side_by_side{"terms"};
x3::rule<class all_of_id, operands> const all_of{"terms"};
x3::rule<class any_of_id, operands> const any_of{"terms"};
x3::rule<class query_id, operands> const query{"a query"};

auto const missing = x3::eps[is_missing];
auto const word_def = !(an_operator | minus | '(' | call_start) >> piece[keep_word];
auto const group_def = x3::raw[x3::lit('(')][open] >> blanks >> inside[take];
auto const call_def = x3::raw[call_start][open_call] >> blanks >> inside[take_call];
auto const inside_def = any_of[fold<ast::disjunction>] >> (x3::raw[x3::lit(')')][close] | x3::eps[unclosed]);
auto const primary_def = going >> (group[take] | call[take] | (word % +x3::lit(' '))[add_words] |
                                   (!an_operator >> piece[add_term]));
auto const with_sign_def =
    (+(x3::raw[not_word | minus][add_sign] >> blanks) >> (primary[take_operand] | missing)) | primary[take_operand];
auto const operand_def = going >> with_sign[add_negated] >> blanks;
auto const add_operand = [](auto& c) {
    for (auto& one : x3::_attr(c))
        x3::_val(c).push_back(std::move(one));
};
auto const side_by_side_def = +operand[add_operand] | missing;
auto const all_of_def = side_by_side[fold<ast::sequence>] >>
                        *(going >> x3::raw[and_word][saw_operator] >> blanks >> side_by_side[fold<ast::sequence>]);
auto const any_of_def = all_of[fold<ast::conjunction>] >>
                        *(going >> x3::raw[or_word][saw_operator] >> blanks >> all_of[fold<ast::conjunction>]);
auto const query_def = blanks >> any_of[fold<ast::disjunction>] >>
                       *(going >> x3::raw[x3::lit(')')][too_many] >> blanks >> any_of[fold<ast::disjunction>]);

BOOST_SPIRIT_DEFINE(word, primary, group, call, inside, with_sign, operand, side_by_side, all_of, any_of, query)

// How a piece is cut further.
using slices = std::vector<slice>;

auto const no_colon = x3::raw[*(x3::omit[~x3::char_("\":")] | x3::omit[in_quotes])];
auto const no_comma = x3::omit[*(~x3::char_("\",") | in_quotes)];
auto const no_dots = x3::raw[*((x3::omit[~x3::char_('"')] - "..") | x3::omit[in_quotes])];
auto const sections = x3::rule<class sections_id, slices>{"sections"} = no_colon % ':';
auto const ends = x3::rule<class ends_id, slices>{"a range"} = no_dots >> ".." >> x3::raw[*x3::char_];

struct relation_symbols : x3::symbols<ast::relation> {
    relation_symbols()
    {
        using enum ast::relation;
        add("<", less)("<=", less_equal)(">", greater)(">=", greater_equal);
    }
};

relation_symbols const& relation()
{
    static relation_symbols const symbols;
    return symbols;
}

std::vector<std::string_view> views_of(slices const& parts)
{
    std::vector<std::string_view> out;
    out.reserve(parts.size());
    for (auto const& part : parts)
        out.push_back(view_of(part));
    return out;
}

slices split(auto const& rule, std::string_view text)
{
    slices out;
    char const* first = text.data();
    if (!x3::parse(first, text.data() + text.size(), rule, out))
        out.clear();
    return out;
}

/// What must hold before the grammar looks at the text.
std::optional<fault> find_text_fault(std::string_view text)
{
    if (text.size() > limits::query_bytes)
        return fault{.code = fault_code::query_too_long,
                     .where = std::nullopt,
                     .field = "q",
                     .detail = "Query is " + std::to_string(text.size()) + " bytes long, more than the limit of " +
                               std::to_string(limits::query_bytes)};
    auto const bad = utf8::find_bad_byte(text);
    if (!bad)
        return std::nullopt;
    auto const* const what =
        text[*bad] == '\0' ? "Query holds a NUL character at column " : "Query is not valid UTF-8 at column ";
    return fault{.code = fault_code::invalid_text,
                 .where = span{.offset = static_cast<std::uint32_t>(*bad), .length = 1},
                 .field = "q",
                 .detail = what + std::to_string(utf8::length(text.substr(0, *bad)) + 1)};
}

} // namespace

std::vector<std::string_view> split_at_colons(std::string_view text)
{
    return views_of(split(sections, text));
}

std::string_view first_element(std::string_view value)
{
    char const* first = value.data();
    x3::parse(first, value.data() + value.size(), no_comma);
    return value.substr(0, static_cast<std::size_t>(first - value.data()));
}

raw_ordered split_ordered(std::string_view value)
{
    char const* first = value.data();
    char const* const last = first + value.size();
    ast::relation how{};
    if (x3::parse(first, last, relation(), how)) {
        auto const length = static_cast<std::size_t>(first - value.data());
        return {.comparison =
                    raw_comparison{.how = how, .symbol = value.substr(0, length), .value = value.substr(length)},
                .range = {}};
    }
    auto const parts = split(ends, value);
    if (parts.empty())
        return {};
    return {.comparison = {}, .range = raw_range{.low = view_of(parts[0]), .high = view_of(parts[1])}};
}

parsed_query parse(std::string_view text)
{
    if (auto bad = find_text_fault(text))
        return {.tree = {}, .faults = {*std::move(bad)}};
    tree_builder build{text};
    operands roots;
    char const* first = text.data();
    auto const rules = x3::with<builder_tag>(std::ref(build))[query];
    x3::parse(first, text.data() + text.size(), rules, roots);
    return build.take(std::move(roots));
}

} // namespace bridgewatch::grammar
