#include "grammar/ast.hpp"

namespace bridgewatch::grammar::ast {

bool operator==(expression const& a, expression const& b)
{
    return a.node == b.node;
}

bool operator==(negation const& a, negation const& b)
{
    return *a.operand == *b.operand;
}

bool operator==(conjunction const& a, conjunction const& b)
{
    return a.operands == b.operands;
}

bool operator==(disjunction const& a, disjunction const& b)
{
    return a.operands == b.operands;
}

bool operator==(function const& a, function const& b)
{
    return a.name == b.name && a.arguments == b.arguments;
}

} // namespace bridgewatch::grammar::ast
