#include "grammar/escape.hpp"
#include "grammar/print.hpp"

namespace bridgewatch::grammar {
namespace {

char const* name_of(ast::relation how)
{
    constexpr char const* names[] = {"less than", "at most", "more than", "at least"};
    return names[static_cast<std::size_t>(how)];
}

/// A node a line, its parts below it. A place is its first byte and the byte after its last.
class describer {
  public:
    void operator()(ast::term const& term)
    {
        node("term", term.where);
        ++depth_;
        leaf("key", term.key);
        std::visit(*this, term.value);
        --depth_;
    }

    void operator()(ast::bare_words const& bare) { leaf("words", bare.joined()); }

    void operator()(ast::negation const& negation)
    {
        node("not", negation.where);
        below(*negation.operand);
    }

    void operator()(ast::sequence const& terms) { group("side by side", terms); }

    void operator()(ast::conjunction const& all) { group("all of", all); }

    void operator()(ast::disjunction const& any) { group("any of", any); }

    void operator()(ast::tool_call const& call)
    {
        node("one tool call", call.where);
        below(*call.body);
    }

    void operator()(ast::value_list const& list)
    {
        for (auto const& value : list.values)
            leaf(value.wildcard ? "pattern" : "value", value);
    }

    void operator()(ast::comparison const& comparison) { leaf(name_of(comparison.how), comparison.value); }

    void operator()(ast::range const& range)
    {
        if (range.low)
            leaf("from", *range.low);
        if (range.high)
            leaf("to", *range.high);
    }

    std::string take() { return std::move(out_); }

  private:
    void below(ast::expression const& part)
    {
        ++depth_;
        std::visit(*this, part.node);
        --depth_;
    }

    void group(char const* name, auto const& of)
    {
        node(name, of.where);
        for (auto const& operand : of.operands)
            below(operand);
    }

    void node(char const* name, span where)
    {
        out_.append(2 * depth_, ' ').append(name);
        place(where);
    }

    void leaf(char const* name, ast::text const& text)
    {
        out_.append(2 * depth_, ' ').append(name).append(1, ' ').append(quoted(text.value));
        place(text.where);
    }

    void place(span where)
    {
        out_ += ' ';
        out_ += std::to_string(where.offset);
        out_ += "..";
        out_ += std::to_string(where.offset + where.length);
        out_ += '\n';
    }

    std::string out_;
    std::size_t depth_ = 0;
};

} // namespace

std::string describe(ast::query const& tree)
{
    describer out;
    if (!tree.root)
        return "everything\n";
    std::visit(out, tree.root->node);
    return out.take();
}

} // namespace bridgewatch::grammar
