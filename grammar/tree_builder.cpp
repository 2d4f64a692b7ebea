#include "grammar/tree_builder.hpp"

#include "grammar/escape.hpp"
#include "grammar/limits.hpp"
#include "grammar/pieces.hpp"
#include "grammar/utf8.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace bridgewatch::grammar {
namespace {

/// The quotes around it are dropped, however many there are; those within are data.
std::string_view without_quotes(std::string_view raw)
{
    raw.remove_prefix(std::min(raw.find_first_not_of('"'), raw.size()));
    return raw.substr(0, raw.find_last_not_of('"') + 1);
}

/// Also where a quote within is not closed: it runs to the end.
bool is_quoted(std::string_view raw)
{
    return raw.starts_with('"') || raw.ends_with('"') || std::ranges::count(raw, '"') % 2 != 0;
}

/// Whether a `)` closes a parenthesis of an earlier element of the list. Such an element could not stand by itself, and
/// is text.
bool closes_others(std::string_view raw)
{
    std::size_t open = 0;
    bool in_quotes = false;
    for (char const c : raw) {
        in_quotes = in_quotes != (c == '"');
        if (in_quotes)
            continue;
        if (c == ')' && open-- == 0)
            return true;
        open += c == '(' ? 1 : 0;
    }
    return false;
}

bool is_pattern(operand_kind kind, std::string_view raw)
{
    return kind == operand_kind::patterns && raw.find('*') != std::string_view::npos && !is_quoted(raw) &&
           !closes_others(raw);
}

bool has_edge_colon(std::string_view piece)
{
    return piece.front() == ':' || piece.back() == ':';
}

} // namespace

span tree_builder::join(span first, span last)
{
    return {.offset = first.offset, .length = last.offset + last.length - first.offset};
}

span tree_builder::span_of(std::string_view part) const
{
    return {.offset = static_cast<std::uint32_t>(part.data() - query_.data()),
            .length = static_cast<std::uint32_t>(part.size())};
}

ast::text tree_builder::text_of(std::string_view part) const
{
    return {.value = std::string{part}, .where = span_of(part)};
}

subject tree_builder::subject_here() const
{
    bool const in_call = std::ranges::any_of(open_, [](auto const& one) { return one.of_tool_call; });
    return in_call ? subject::tool_calls : subject::interceptions;
}

bool tree_builder::count_term(std::string_view whole)
{
    if (stopped_)
        return false;
    if (++terms_ <= limits::terms)
        return true;
    stopped_ = true;
    faults_.push_back({.code = fault_code::too_many_terms,
                       .where = span_of(whole),
                       .field = "q",
                       .detail = "Query has more than " + std::to_string(limits::terms) + " terms"});
    return false;
}

void tree_builder::add_fault(fault_code code, std::string_view whole, char const* what)
{
    faults_.push_back(
        {.code = code, .where = span_of(whole), .field = "q", .detail = "Query element " + quoted(whole) + what});
}

void tree_builder::add_syntax_fault(span where, std::string what, char const* expected)
{
    if (!count_term(query_.substr(where.offset, where.length)))
        return;
    auto const column = utf8::length(query_.substr(0, where.offset)) + 1;
    faults_.push_back({.code = fault_code::syntax,
                       .where = where,
                       .field = "q",
                       .detail = std::move(what) + " at column " + std::to_string(column) + ", expected " + expected});
}

bool tree_builder::is_word(std::string_view piece)
{
    return piece.find(':') == std::string_view::npos || (!has_edge_colon(piece) && split_at_colons(piece).size() == 1);
}

void tree_builder::add_term(operands& to, std::string_view piece)
{
    operator_.reset();
    // Faulty pieces count as terms, so that the list of faults is as bounded as the query.
    if (!count_term(piece))
        return;
    auto const parts = split_at_colons(piece);
    if (has_edge_colon(piece))
        return add_fault(fault_code::edge_colon, piece, " cannot start or end with ':'");
    if (parts.size() > 2)
        return add_fault(fault_code::too_many_colons, piece, " can only contain 1 ':'");
    auto const* const known = find_key(subject_here(), parts[0]);
    auto value = read_operand(known != nullptr ? known->operand : operand_kind::text, parts[1]);
    if (value)
        to.push_back({ast::term{.key = text_of(parts[0]),
                                .value = *std::move(value),
                                .written = std::string{parts[1]},
                                .where = span_of(piece)}});
}

std::optional<ast::operand> tree_builder::read_operand(operand_kind kind, std::string_view value)
{
    if (kind == operand_kind::text)
        return ast::value_list{.values = {text_of(without_quotes(value))}};
    if (kind == operand_kind::ordered)
        return read_ordered(value);
    return read_list(kind, value);
}

std::optional<ast::operand> tree_builder::read_list(operand_kind kind, std::string_view value)
{
    ast::value_list out;
    bool complete = true;
    // One more than there may be: the checker tells that it is too many. Empty ones say nothing and do not count.
    std::size_t given = 0;
    for (auto rest = value; given <= limits::values && !stopped_;) {
        auto const raw = first_element(rest);
        if (raw.empty()) { // its place is a comma: the one behind it, or the last one
            auto const at = std::min(static_cast<std::size_t>(raw.data() - value.data()), value.size() - 1);
            add_syntax_fault(span_of(value.substr(at, 1)), "Query has an empty value", "a value");
            complete = false;
        } else {
            auto& element = out.values.emplace_back(text_of(without_quotes(raw)));
            element.wildcard = is_pattern(kind, raw);
            given += element.value.empty() ? 0U : 1U;
        }
        if (raw.size() == rest.size())
            break;
        rest.remove_prefix(raw.size() + 1);
    }
    return complete ? std::optional<ast::operand>{std::move(out)} : std::nullopt;
}

std::optional<ast::operand> tree_builder::read_ordered(std::string_view value)
{
    auto const [comparison, range] = split_ordered(value);
    if (comparison) {
        if (!comparison->value.empty())
            return ast::comparison{.how = comparison->how, .value = text_of(without_quotes(comparison->value))};
        add_syntax_fault(span_of(comparison->symbol), "Query has nothing after " + quoted(comparison->symbol),
                         "a value");
        return std::nullopt;
    }
    if (!range)
        return read_list(operand_kind::ordered, value);
    if (range->low.empty() || range->high.empty()) {
        add_syntax_fault(span_of(value), "Query has a range that lacks an end", R"(a value or "*")");
        return std::nullopt;
    }
    auto const end = [this](std::string_view raw) {
        return raw == "*" ? std::nullopt : std::optional{text_of(without_quotes(raw))};
    };
    return ast::range{.low = end(range->low), .high = end(range->high), .where = span_of(value)};
}

void tree_builder::append(ast::bare_words& to, ast::text word)
{
    if (word.value.empty())
        return;
    if (to.words.front().value.empty())
        to.words.clear();
    to.words.push_back(std::move(word));
}

void tree_builder::add_words(operands& to, std::vector<std::string_view> const& words)
{
    operator_.reset();
    if (!count_term(words.front()))
        return;
    // A word in tool(…) is a tool's name, which takes patterns.
    auto const kind = traits_of(default_key(subject_here()).value()).operand;
    auto const read = [this, kind](std::string_view raw) {
        auto word = text_of(without_quotes(raw));
        word.wildcard = is_pattern(kind, raw);
        return word;
    };
    ast::bare_words out{.words = {read(words.front())}, .where = {}};
    for (auto const word : std::span{words}.subspan(1))
        append(out, read(word));
    out.where = join(out.words.front().where, out.words.back().where);
    to.push_back({std::move(out)});
}

void tree_builder::saw_operator(std::string_view which)
{
    is_flat_ = false;
    operator_ = span_of(which);
}

void tree_builder::operand_is_missing(std::string_view rest)
{
    auto const name_of = [this](span where) { return quoted(query_.substr(where.offset, where.length)); };
    if (auto const lonely = std::exchange(operator_, std::nullopt)) {
        bool const is_told = !faults_.empty() && faults_.back().where == lonely;
        if (!is_told)
            add_syntax_fault(*lonely, "Query has nothing after " + name_of(*lonely), "a term");
    } else if (rest.starts_with(')')) {
        if (!open_.empty())
            add_syntax_fault(join(open_.back().where, span_of(rest.substr(0, 1))), "Query has an empty group",
                             "a term");
    } else if (!rest.empty() && !stopped_) {
        auto const next = span_of(rest.substr(0, rest.find_first_of(" ()")));
        add_syntax_fault(next, "Query has nothing before " + name_of(next), "a term");
    }
}

void tree_builder::open(std::string_view parenthesis)
{
    is_flat_ = false;
    operator_.reset();
    open_.push_back({.where = span_of(parenthesis)});
    if (open_.size() <= limits::nesting)
        return;
    stopped_ = true;
    faults_.push_back({.code = fault_code::too_deep,
                       .where = span_of(parenthesis),
                       .field = "q",
                       .detail = "Query is nested deeper than " + std::to_string(limits::nesting) + " levels"});
}

void tree_builder::open_tool_call(std::string_view name_and_parenthesis)
{
    if (subject_here() == subject::tool_calls)
        add_syntax_fault(span_of(name_and_parenthesis), "Query has a \"tool(\" inside of a \"tool(\"", "a term");
    open(name_and_parenthesis);
    open_.back().of_tool_call = true;
}

void tree_builder::close(std::string_view parenthesis)
{
    closed_ = join(open_.back().where, span_of(parenthesis));
    open_.pop_back();
}

void tree_builder::close_is_missing()
{
    auto const left = open_.back().where;
    closed_ = left;
    if (!stopped_)
        add_syntax_fault(left, "Query has " + quoted(query_.substr(left.offset, left.length)) + " that is not closed",
                         "\")\"");
    open_.pop_back();
}

void tree_builder::close_too_many(std::string_view parenthesis)
{
    is_flat_ = false;
    add_syntax_fault(span_of(parenthesis), "Query has \")\" without a \"(\"", "a term or the end of the query");
}

void tree_builder::add_tool_call(operands& to, operands body)
{
    if (body.empty())
        return;
    if (subject_here() == subject::tool_calls) // one inside of another, which was told: its terms are the outer one's
        return to.push_back(std::move(body.front()));
    to.push_back(
        {ast::tool_call{.body = std::make_shared<ast::expression const>(std::move(body.front())), .where = closed_}});
}

void tree_builder::add_negated(operands& to, operands of, std::string_view sign, bool negated)
{
    if (of.empty())
        return;
    auto& operand = of.front();
    if (!negated)
        return to.push_back(std::move(operand));
    if (auto* const inner = std::get_if<ast::negation>(&operand.node))
        return to.push_back(*inner->operand);
    auto const where = join(span_of(sign), ast::place_of(operand));
    to.push_back(
        {ast::negation{.operand = std::make_shared<ast::expression const>(std::move(operand)), .where = where}});
}

bool tree_builder::close_in_piece()
{
    if (open_in_piece_ == 0)
        return false;
    --open_in_piece_;
    return true;
}

/// All bare words of a flat query are one value, also where terms stand between them: upstream joins them so, and saved
/// searches rely on it. A query with operators or parentheses has no such past; there each run is a term of its own.
void tree_builder::join_words(operands& terms)
{
    ast::bare_words* first = nullptr;
    std::erase_if(terms, [&first](ast::expression& e) {
        auto* const words = std::get_if<ast::bare_words>(&e.node);
        if (words == nullptr)
            return false;
        if (first == nullptr) {
            first = words;
            return false;
        }
        bool const was_empty = first->words.front().value.empty();
        for (auto& word : words->words)
            append(*first, std::move(word));
        if (was_empty)
            first->where = words->where;
        return true;
    });
}

parsed_query tree_builder::take(operands roots)
{
    parsed_query out{.tree = {}, .faults = std::move(faults_)};
    operands root;
    if (is_flat_ && !roots.empty())
        if (auto* const side_by_side = std::get_if<ast::sequence>(&roots.front().node)) {
            join_words(side_by_side->operands);
            add_folded<ast::sequence>(root, std::move(side_by_side->operands));
            roots.clear();
        }
    // Several only where a parenthesis too many stood between them.
    add_folded<ast::sequence>(root, std::move(roots));
    if (!root.empty())
        out.tree.root = std::move(root.front());
    return out;
}

} // namespace bridgewatch::grammar
