#pragma once

#include "grammar/span.hpp"

#include <memory>
#include <optional>
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
    bool wildcard = false; ///< each `*` of the value stands for any run of characters

    friend bool operator==(text const& a, text const& b) { return a.value == b.value && a.wildcard == b.wildcard; }
};

/// `a` or `a,b,c`: any of them. Never empty.
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

/// `100..500`; an end that is open is absent (`*`).
struct range {
    std::optional<text> low, high;
    span where;

    friend bool operator==(range const& a, range const& b) { return a.low == b.low && a.high == b.high; }
};

using operand = std::variant<value_list, comparison, range>;

/// `key:operand`. The key keeps its spelling; the checker folds its case.
struct term {
    text key;
    operand value;
    std::string written{}; ///< the operand as it stood in the query, with its quotes; empty in a tree made by hand
    span where;

    friend bool operator==(term const& a, term const& b) { return a.key == b.key && a.value == b.value; }
};

/// Words without a key; joined by one space they are the value of the default key. Never empty, and no word of several
/// is empty.
struct bare_words {
    std::vector<text> words;
    span where; ///< of the first run, where there are several in a flat query

    /// A pattern where one of them is, unless another holds a star that is none.
    [[nodiscard]] text joined() const;

    friend bool operator==(bare_words const& a, bare_words const& b) { return a.words == b.words; }
};

struct expression;

/// `-x`, `NOT x`. Never of another negation: the parser folds them.
struct negation {
    std::shared_ptr<expression const> operand; ///< never null; shared since nodes are immutable values
    span where;
};

/// Two or more terms side by side: all of them, but plain values of one key are any of them.
struct sequence {
    std::vector<expression> operands;
    span where;
};

/// `x AND y`
struct conjunction {
    std::vector<expression> operands;
    span where;
};

/// `x OR y`
struct disjunction {
    std::vector<expression> operands;
    span where;
};

/// `tool(name:bash error:timeout)`: one tool call of which all this holds.
struct tool_call {
    std::shared_ptr<expression const> body; ///< never null
    span where;
};

struct expression {
    std::variant<term, bare_words, negation, sequence, conjunction, disjunction, tool_call> node;
};

bool operator==(expression const& a, expression const& b);
bool operator==(negation const& a, negation const& b);
bool operator==(sequence const& a, sequence const& b);
bool operator==(conjunction const& a, conjunction const& b);
bool operator==(disjunction const& a, disjunction const& b);
bool operator==(tool_call const& a, tool_call const& b);

/// The bytes from its first to its last; parentheses around it are left out.
[[nodiscard]] span place_of(expression const& e);

/// A whole query. One without a root says nothing, and matches everything.
struct query {
    std::optional<expression> root;

    friend bool operator==(query const& a, query const& b) { return a.root == b.root; }
};

} // namespace bridgewatch::grammar::ast
