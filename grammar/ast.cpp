#include "grammar/ast.hpp"

namespace bridgewatch::grammar::ast {

text bare_words::joined() const
{
    text out{.value = {}, .where = where};
    bool has_literal_star = false;
    for (auto const& word : words) {
        if (!out.value.empty())
            out.value += ' ';
        out.value += word.value;
        out.wildcard = out.wildcard || word.wildcard;
        has_literal_star = has_literal_star || (!word.wildcard && word.value.find('*') != std::string::npos);
    }
    out.wildcard = out.wildcard && !has_literal_star;
    return out;
}

span place_of(expression const& e)
{
    return std::visit([](auto const& node) { return node.where; }, e.node);
}

bool operator==(expression const& a, expression const& b)
{
    return a.node == b.node;
}

bool operator==(negation const& a, negation const& b)
{
    return *a.operand == *b.operand;
}

bool operator==(sequence const& a, sequence const& b)
{
    return a.operands == b.operands;
}

bool operator==(conjunction const& a, conjunction const& b)
{
    return a.operands == b.operands;
}

bool operator==(disjunction const& a, disjunction const& b)
{
    return a.operands == b.operands;
}

bool operator==(tool_call const& a, tool_call const& b)
{
    return *a.body == *b.body;
}

} // namespace bridgewatch::grammar::ast
