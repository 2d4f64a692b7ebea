#include "grammar/print.hpp"

#include "grammar/spelling.hpp"

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

/// Parentheses only where the binding asks for them: `-`, then side by side, then `OR`.
class printer {
  public:
    void side_by_side(std::vector<ast::expression> const& operands)
    {
        ast::expression const* previous = nullptr;
        for (auto const& operand : operands) {
            if (previous != nullptr)
                out_ += is<ast::bare_words>(*previous) && is<ast::bare_words>(operand) ? " AND " : " ";
            previous = &operand;
            bool const alone = operands.size() == 1 && is<ast::disjunction>(operand);
            print(operand, (is<ast::disjunction>(operand) && !alone) || is<ast::conjunction>(operand));
        }
    }

    void operator()(ast::term const& term)
    {
        out_ += term.key.value;
        out_ += ':';
        std::visit(*this, term.value);
    }

    void operator()(ast::bare_words const& bare) { out_ += spell_words(bare.words.value); }

    void operator()(ast::negation const& negation)
    {
        auto const& operand = *negation.operand;
        out_ += is<ast::negation>(operand) ? "NOT " : "-";
        auto const* const bare = std::get_if<ast::bare_words>(&operand.node);
        bool const several_words = bare != nullptr && bare->words.value.find(' ') != std::string::npos;
        print(operand, several_words || is<ast::disjunction>(operand) || is<ast::conjunction>(operand));
    }

    void operator()(ast::conjunction const& all) { side_by_side(all.operands); }

    void operator()(ast::disjunction const& any)
    {
        bool first = true;
        for (auto const& operand : any.operands) {
            if (!first)
                out_ += " OR ";
            first = false;
            print(operand, is<ast::disjunction>(operand));
        }
    }

    void operator()(ast::function const& call)
    {
        out_ += call.name.value;
        out_ += '(';
        side_by_side(call.arguments);
        out_ += ')';
    }

    void operator()(ast::value_list const& list)
    {
        bool first = true;
        for (auto const& value : list.values) {
            if (!first)
                out_ += ',';
            first = false;
            out_ += spell_value(value.value);
        }
    }

    void operator()(ast::comparison const& comparison)
    {
        out_ += symbol_of(comparison.how);
        out_ += spell_value(comparison.value.value);
    }

    void operator()(ast::range const& range)
    {
        end_of_range(range.low.value);
        out_ += "..";
        end_of_range(range.high.value);
    }

    std::string take() { return std::move(out_); }

  private:
    void print(ast::expression const& expression, bool in_parentheses)
    {
        if (in_parentheses)
            out_ += '(';
        std::visit(*this, expression.node);
        if (in_parentheses)
            out_ += ')';
    }

    void end_of_range(std::string const& value) { out_ += value == "*" ? value : spell_value(value); }

    std::string out_;
};

} // namespace

std::string print(ast::query const& tree)
{
    printer out;
    out.side_by_side(tree.root.operands);
    return out.take();
}

} // namespace bridgewatch::grammar
