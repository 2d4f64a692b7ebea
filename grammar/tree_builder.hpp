#pragma once

#include "grammar/ast.hpp"
#include "grammar/fault.hpp"
#include "grammar/keys.hpp"
#include "grammar/parse.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace bridgewatch::grammar {

/// Makes nodes and faults of what the X3 rules recognise, from left to right. Every view is one into the query.
/// Internal to this folder.
class tree_builder {
  public:
    explicit tree_builder(std::string_view query) : query_{query} {}

    using operands = std::vector<ast::expression>;

    /// False once there is no room for more: the rules then match nothing, and what is left is not looked at.
    [[nodiscard]] bool going() const { return !stopped_; }

    /// Terms and words. Nothing is added where the piece is at fault.
    void add_term(operands& to, std::string_view piece);
    void add_words(operands& to, std::vector<std::string_view> const& words);
    [[nodiscard]] static bool is_word(std::string_view piece);

    /// An operator was read; its operand has yet to come.
    void saw_operator(std::string_view which);
    /// An operand ought to stand before `rest`, and does not.
    void operand_is_missing(std::string_view rest);

    void open(std::string_view parenthesis);
    void open_tool_call(std::string_view name_and_parenthesis);
    void close(std::string_view parenthesis);
    void close_is_missing();
    void close_too_many(std::string_view parenthesis);
    /// The expression in the parentheses that close() or close_is_missing() has just ended.
    void add_tool_call(operands& to, operands body);

    /// Several operands become one node; one stays as it is.
    template <class Node>
    void add_folded(operands& to, operands parts)
    {
        if (parts.empty())
            return;
        if (parts.size() == 1)
            return to.push_back(std::move(parts.front()));
        auto const where = join(ast::place_of(parts.front()), ast::place_of(parts.back()));
        to.push_back({Node{.operands = std::move(parts), .where = where}});
    }

    /// @param sign from the first sign of negation to the operand
    void add_negated(operands& to, operands of, std::string_view sign, bool negated);

    /// Parentheses within a piece: balanced ones belong to it.
    void start_piece() { open_in_piece_ = 0; }

    void open_in_piece() { ++open_in_piece_; }

    [[nodiscard]] bool close_in_piece();

    [[nodiscard]] parsed_query take(operands roots);

  private:
    struct open_parenthesis {
        span where;
        bool of_tool_call = false;
    };

    [[nodiscard]] static span join(span first, span last);
    [[nodiscard]] span span_of(std::string_view part) const;
    [[nodiscard]] ast::text text_of(std::string_view part) const;
    [[nodiscard]] subject subject_here() const;

    bool count_term(std::string_view whole);
    void add_fault(fault_code code, std::string_view whole, char const* what);
    void add_syntax_fault(span where, std::string what, char const* expected);

    [[nodiscard]] std::optional<ast::operand> read_operand(operand_kind kind, std::string_view value);
    [[nodiscard]] std::optional<ast::operand> read_list(operand_kind kind, std::string_view value);
    [[nodiscard]] std::optional<ast::operand> read_ordered(std::string_view value);
    static void append(ast::bare_words& to, ast::text word);
    static void join_words(operands& terms);

    std::string_view query_;
    std::vector<fault> faults_;
    std::size_t terms_ = 0;
    bool stopped_ = false;
    bool is_flat_ = true;                ///< neither operators nor parentheses so far
    std::optional<span> operator_;       ///< whose operand has yet to come
    std::vector<open_parenthesis> open_; ///< innermost last
    span closed_;                        ///< the group that ended last
    std::size_t open_in_piece_ = 0;
};

} // namespace bridgewatch::grammar
