#include "grammar/print.hpp"

#include "grammar/parse.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::grammar {
namespace {

char const* symbol_of(ast::relation how)
{
    constexpr char const* symbols[] = {"<", "<=", ">", ">="};
    return symbols[static_cast<std::size_t>(how)];
}

template <class Node>
bool is(ast::expression const& e)
{
    return std::holds_alternative<Node>(e.node);
}

bool ends_in_words(ast::expression const& e)
{
    auto const* const negation = std::get_if<ast::negation>(&e.node);
    return is<ast::bare_words>(negation != nullptr ? *negation->operand : e);
}

/// Parentheses only where the binding asks for them: signs, then side by side, then `AND`, then `OR`.
class printer {
  public:
    void operator()(ast::term const& term)
    {
        auto const start = out_.size();
        key_ = &term.key;
        std::visit(*this, term.value);
        auto const stands = [this, &term, start](char const* end) {
            return reads_back(out_.substr(start) + end, {term});
        };
        if (term.written.empty() || stands(would_take_parenthesis_ ? " " : ""))
            return;
        // A parenthesis that one value opens and another closes: only together are they read so.
        out_.resize(start);
        out_ += term.key.value + ":" + term.written;
        if (std::ranges::count(term.written, '"') % 2 != 0)
            out_ += '"';
        would_take_parenthesis_ = !stands("");
    }

    void operator()(ast::bare_words const& bare)
    {
        bool first = true;
        for (auto const& word : bare.words) {
            out_ += first ? "" : " ";
            first = false;
            spell("", word, "", {ast::bare_words{.words = {word}, .where = {}}});
        }
    }

    void operator()(ast::negation const& negation)
    {
        out_ += '-';
        print(*negation.operand, is_compound(*negation.operand));
    }

    void operator()(ast::sequence const& terms)
    {
        // Words that follow words would be read as one run, and in a flat query also where terms stand between them.
        bool had_words = false;
        auto const* const first = terms.operands.data();
        for (auto const& operand : terms.operands) {
            out_ += &operand == first ? "" : " ";
            print(operand, is_compound(operand) || (had_words && is<ast::bare_words>(operand)));
            had_words = had_words || ends_in_words(operand);
        }
    }

    void operator()(ast::conjunction const& all)
    {
        infix(all.operands, " AND ", [](ast::expression const& e) { return is_compound(e) && !is<ast::sequence>(e); });
    }

    void operator()(ast::disjunction const& any)
    {
        infix(any.operands, " OR ", [](ast::expression const& e) { return is<ast::disjunction>(e); });
    }

    void operator()(ast::tool_call const& call)
    {
        bool const outer = std::exchange(in_call_, true);
        out_ += "tool(";
        print(*call.body, false);
        close();
        in_call_ = outer;
    }

    void operator()(ast::value_list const& list)
    {
        auto prefix = key_->value + ":";
        out_ += prefix;
        auto const* const first = list.values.data();
        for (auto const& value : list.values) {
            out_ += &value == first ? "" : ",";
            spell(prefix, value, "", term_of(ast::value_list{{value}}));
        }
    }

    void operator()(ast::comparison const& comparison)
    {
        auto const prefix = key_->value + ":" + symbol_of(comparison.how);
        out_ += prefix;
        spell(prefix, comparison.value, "", term_of(comparison));
    }

    void operator()(ast::range const& range)
    {
        auto const prefix = key_->value + ":";
        out_ += prefix;
        if (range.low)
            spell(prefix, *range.low, "..*", term_of(ast::range{.low = range.low, .high = {}, .where = {}}));
        else
            out_ += '*';
        out_ += "..";
        if (range.high)
            spell(prefix + "*..", *range.high, "", term_of(ast::range{.low = {}, .high = range.high, .where = {}}));
        else
            out_ += '*';
    }

    std::string take() { return std::move(out_); }

  private:
    static bool is_compound(ast::expression const& e)
    {
        return is<ast::sequence>(e) || is<ast::conjunction>(e) || is<ast::disjunction>(e);
    }

    void print(ast::expression const& expression, bool in_parentheses)
    {
        if (in_parentheses)
            out_ += '(';
        std::visit(*this, expression.node);
        if (in_parentheses)
            close();
    }

    void infix(std::vector<ast::expression> const& operands, char const* symbol, auto needs_parentheses)
    {
        auto const* const first = operands.data();
        for (auto const& operand : operands) {
            out_ += &operand == first ? "" : symbol;
            print(operand, needs_parentheses(operand));
        }
    }

    void close()
    {
        if (std::exchange(would_take_parenthesis_, false))
            out_ += ' ';
        out_ += ')';
    }

    [[nodiscard]] ast::expression term_of(ast::operand value) const
    {
        return {ast::term{.key = *key_, .value = std::move(value), .where = {}}};
    }

    /// A value may hold quotes and nothing escapes them, so the shortest spelling is searched that reads back as the
    /// value: the parser itself is asked. Quotes around a value are dropped however many there are; only whether their
    /// number is odd, and whether there are any, makes a difference. What has no such spelling is written as it stood
    /// in the query, with the whole term.
    void spell(std::string_view prefix, ast::text const& value, std::string_view suffix, ast::expression const& wanted)
    {
        struct quotes {
            char const *before, *after;
        };

        constexpr quotes ways[] = {{"", ""},     {"\"", "\""},   {"", "\""},     {"\"", ""},      {"", "\"\""},
                                   {"\"\"", ""}, {"\"\"", "\""}, {"\"", "\"\""}, {"\"\"", "\"\""}};
        for (bool const apart : {false, true})
            for (auto const& [before, after] : ways) {
                auto const spelling = before + value.value + after;
                if (std::ranges::count(spelling, '"') % 2 != 0)
                    continue; // an open quote would swallow what follows
                auto const text = std::string{prefix}.append(spelling).append(suffix).append(apart ? " " : "");
                if (!reads_back(text, wanted))
                    continue;
                would_take_parenthesis_ = apart;
                out_ += spelling;
                return;
            }
        out_ += '"' + value.value + '"'; // no query reads so; only a tree made by hand gets here
    }

    [[nodiscard]] bool reads_back(std::string const& text, ast::expression const& wanted) const
    {
        auto const got = parse((in_call_ ? "tool(" : "(") + text + ")");
        if (!got.faults.empty() || !got.tree.root)
            return false;
        if (!in_call_)
            return *got.tree.root == wanted;
        auto const* const call = std::get_if<ast::tool_call>(&got.tree.root->node);
        return call != nullptr && *call->body == wanted;
    }

    std::string out_;
    ast::text const* key_ = nullptr; ///< of the term that is being written
    bool in_call_ = false;
    bool would_take_parenthesis_ = false; ///< the last value has an open one, which a `)` right behind it would close
};

} // namespace

std::string print(ast::query const& tree)
{
    printer out;
    if (tree.root)
        std::visit(out, tree.root->node);
    return out.take();
}

} // namespace bridgewatch::grammar
