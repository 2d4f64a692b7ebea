#include "grammar/parse.hpp"

#include "grammar/escape.hpp"
#include "grammar/limits.hpp"
#include "grammar/utf8.hpp"

#include <boost/range/iterator_range_core.hpp>
#include <boost/spirit/home/x3.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace bridgewatch::grammar {
namespace {

namespace x3 = boost::spirit::x3;

// The flat language. A piece is what stands between spaces; a section is what stands between its colons. Quotes hide
// both spaces and colons from this and may start anywhere; an unclosed one runs to the end. Every text is a query, so
// nothing here can fail: the faults are in what the pieces hold. No rule calls itself and none looks back.
using slice = boost::iterator_range<char const*>;
using sections = std::vector<slice>;

auto const plain = ~x3::char_(" \":");
auto const in_quotes = '"' >> *~x3::char_('"') >> ('"' | x3::eoi);
auto const section = x3::raw[*(plain | in_quotes)];
auto const piece = x3::rule<class piece_id, sections>{"a piece"} = &~x3::char_(' ') >> (section % ':');
auto const pieces = x3::rule<class pieces_id, std::vector<sections>>{"a query"} = *x3::lit(' ') >>
                                                                                  *(piece >> *x3::lit(' '));

std::vector<sections> split(std::string_view query)
{
    std::vector<sections> out;
    char const* first = query.data();
    x3::parse(first, query.data() + query.size(), pieces, out);
    return out;
}

std::string_view view_of(slice s)
{
    return {s.begin(), s.size()};
}

/// The quotes around it are dropped, however many there are; those within are data.
std::string_view without_quotes(std::string_view raw)
{
    raw.remove_prefix(std::min(raw.find_first_not_of('"'), raw.size()));
    return raw.substr(0, raw.find_last_not_of('"') + 1);
}

/// Makes nodes and faults of the pieces, from left to right.
class tree_builder {
  public:
    explicit tree_builder(std::string_view query) : query_{query} { out_.tree.root.where = span_of(query); }

    /// False when there is no room for another term.
    bool add(sections const& parts)
    {
        std::string_view const whole{parts.front().begin(), parts.back().end()};
        bool const edge = whole.front() == ':' || whole.back() == ':';
        if (parts.size() == 1 && !edge)
            return add_word(whole);
        words_are_adjacent_ = false;
        // Faulty pieces count as terms, so that the list of faults is as bounded as the query.
        if (!count_term(whole))
            return false;
        if (edge)
            add_fault(fault_code::edge_colon, whole, " cannot start or end with ':'");
        else if (parts.size() > 2)
            add_fault(fault_code::too_many_colons, whole, " can only contain 1 ':'");
        else
            add_term(whole, view_of(parts[0]), view_of(parts[1]));
        return true;
    }

    parsed_query take() { return std::move(out_); }

  private:
    [[nodiscard]] span span_of(std::string_view part) const
    {
        return {.offset = static_cast<std::uint32_t>(part.data() - query_.data()),
                .length = static_cast<std::uint32_t>(part.size())};
    }

    [[nodiscard]] ast::text text_of(std::string_view part) const
    {
        return {.value = std::string{part}, .where = span_of(part)};
    }

    bool count_term(std::string_view whole)
    {
        if (++terms_ <= limits::terms)
            return true;
        out_.faults.push_back({.code = fault_code::too_many_terms,
                               .where = span_of(whole),
                               .field = "q",
                               .detail = "Query has more than " + std::to_string(limits::terms) + " terms"});
        return false;
    }

    void add_fault(fault_code code, std::string_view whole, char const* what)
    {
        out_.faults.push_back(
            {.code = code, .where = span_of(whole), .field = "q", .detail = "Query element " + quoted(whole) + what});
    }

    void add_term(std::string_view whole, std::string_view key, std::string_view value)
    {
        ast::value_list values{.values = {text_of(without_quotes(value))}};
        out_.tree.root.operands.push_back(
            {ast::term{.key = text_of(key), .value = std::move(values), .where = span_of(whole)}});
    }

    /// All bare words of a flat query are one value, also where terms stand between them: upstream joins them so, and
    /// saved searches rely on it. A query that uses operators or groups has no such past; there each run of adjacent
    /// words becomes a term of its own.
    bool add_word(std::string_view whole)
    {
        auto const word = without_quotes(whole);
        if (!words_) {
            if (!count_term(whole))
                return false;
            words_ = out_.tree.root.operands.size();
            out_.tree.root.operands.push_back({ast::bare_words{text_of(word)}});
            words_are_adjacent_ = true;
            return true;
        }
        auto& words = std::get<ast::bare_words>(out_.tree.root.operands[*words_].node).words;
        if (word.empty())
            return true;
        if (words.value.empty()) {
            words = text_of(word);
            words_are_adjacent_ = true;
            return true;
        }
        words.value.append(1, ' ').append(word);
        if (words_are_adjacent_)
            words.where.length = span_of(word).offset + span_of(word).length - words.where.offset;
        return true;
    }

    std::string_view query_;
    parsed_query out_;
    std::size_t terms_ = 0;
    std::optional<std::size_t> words_; ///< index of the bare words among the operands
    bool words_are_adjacent_ = false;  ///< no term has been met since their first run began
};

/// What must hold before the grammar looks at the text.
std::optional<fault> find_text_fault(std::string_view query)
{
    if (query.size() > limits::query_bytes)
        return fault{.code = fault_code::query_too_long,
                     .where = std::nullopt,
                     .field = "q",
                     .detail = "Query is " + std::to_string(query.size()) + " bytes long, more than the limit of " +
                               std::to_string(limits::query_bytes)};
    auto const bad = utf8::find_bad_byte(query);
    if (!bad)
        return std::nullopt;
    auto const* const what =
        query[*bad] == '\0' ? "Query holds a NUL character at column " : "Query is not valid UTF-8 at column ";
    return fault{.code = fault_code::invalid_text,
                 .where = span{.offset = static_cast<std::uint32_t>(*bad), .length = 1},
                 .field = "q",
                 .detail = what + std::to_string(utf8::length(query.substr(0, *bad)) + 1)};
}

} // namespace

parsed_query parse(std::string_view query)
{
    if (auto bad = find_text_fault(query))
        return {.tree = {}, .faults = {*std::move(bad)}};
    tree_builder builder{query};
    for (auto const& parts : split(query))
        if (!builder.add(parts))
            break;
    return builder.take();
}

} // namespace bridgewatch::grammar
