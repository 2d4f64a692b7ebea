#pragma once

#include "grammar/span.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

/// What a query says, as it was written: keys are not known yet, values have no types yet, and every
/// node knows its place. The checker turns it into a filter. Plain values; equality leaves places out,
/// so that parse(print(ast)) == ast can be asked.
namespace bridgewatch::grammar::ast {

/// A piece of text with its place. Quotes around it are dropped.
struct text {
    std::string value;
    span where;

    friend bool operator==(text const& a, text const& b) { return a.value == b.value; }
};

/// `a` or, in the whole language, `a,b,c`: any of them. Never empty.
struct value_list {
    std::vector<text> values;
    friend bool operator==(value_list const&, value_list const&) = default;
};

enum class relation { less, less_equal, greater, greater_equal };

/// `>30s`
struct comparison {
    relation how{};
    text value;
    friend bool operator==(comparison const&, comparison const&) = default;
};

/// `100..500`; an open end is the value `*`.
struct range {
    text low, high;
    friend bool operator==(range const&, range const&) = default;
};

using operand = std::variant<value_list, comparison, range>;

/// `key:operand`. The key keeps its spelling; the checker folds its case.
struct term {
    text key;
    operand value;
    span where;

    friend bool operator==(term const& a, term const& b) { return a.key == b.key && a.value == b.value; }
};

/// Words without a key, joined by one space: the value of the default key.
struct bare_words {
    text words;
    friend bool operator==(bare_words const&, bare_words const&) = default;
};

struct expression;

/// `-x`, `NOT x`
struct negation {
    std::shared_ptr<expression const> operand; ///< never null; shared since nodes are immutable values
    span where;
};

/// Terms side by side (or with `AND`). An empty one matches everything and is only the whole query.
struct conjunction {
    std::vector<expression> operands;
    span where;
};

/// `x OR y`
struct disjunction {
    std::vector<expression> operands;
    span where;
};

/// `tool(name:bash error:timeout)`
struct function {
    text name;
    std::vector<expression> arguments;
    span where;
};

struct expression {
    std::variant<term, bare_words, negation, conjunction, disjunction, function> node;
};

bool operator==(expression const& a, expression const& b);
bool operator==(negation const& a, negation const& b);
bool operator==(conjunction const& a, conjunction const& b);
bool operator==(disjunction const& a, disjunction const& b);
bool operator==(function const& a, function const& b);

/// A whole query. Its terms stand side by side.
struct query {
    conjunction root;

    friend bool operator==(query const& a, query const& b) { return a.root == b.root; }
};

} // namespace bridgewatch::grammar::ast
