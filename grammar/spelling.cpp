#include "grammar/spelling.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace bridgewatch::grammar {
namespace {

// A value may hold quotes, for the parser drops only those around it: `"a"b` is the value `a"b`. Nothing escapes a
// quote, so what counts is whether each space and colon stands inside of quotes once the value's own ones have been
// counted. The freedom there is: a quote before and after each piece, and, for bare words, where pieces end. So this
// is a walk through the value in four states, and the way that reads best is taken. One step a byte.
enum state : std::uint8_t { outside, inside, new_outside, new_inside }; // new: at the first byte of a piece

constexpr std::size_t states = 4;

using cost = std::uint64_t;
constexpr cost no_way = std::numeric_limits<cost>::max();
constexpr cost quoted_space = 1; // `alice "OR" smith` rather than `"alice OR" smith`
constexpr cost one_quote = 4;
constexpr cost ragged_end = 8;            // `"a  b"` rather than `"a " b`
constexpr cost misread_later = 1U << 20U; // more than all of the above in a query

struct best {
    cost price = no_way;
    state from = outside;
};

using column = std::array<best, states>;

bool is_new(state s)
{
    return s == new_outside || s == new_inside;
}

bool is_inside(state s)
{
    return s == inside || s == new_inside;
}

class speller {
  public:
    speller(std::string_view value, bool may_split) : value_{value}, may_split_{may_split} {}

    std::string spell()
    {
        if (value_.empty())
            return "\"\"";
        columns_.resize(value_.size() + 1);
        columns_.front()[new_outside] = {.price = 0};
        columns_.front()[new_inside] = {.price = one_quote};
        for (at_ = 0; at_ < value_.size(); ++at_)
            for (auto const from : {outside, inside, new_outside, new_inside})
                if (columns_[at_][from].price != no_way)
                    step(from);
        return write();
    }

  private:
    void step(state from)
    {
        char const c = value_[at_];
        bool const quotes_on = is_inside(from);
        if (c == '"') {
            if (!is_new(from)) // a quote at the edge of a piece would be dropped
                move(from, quotes_on ? outside : inside, 0);
        } else if (c == ' ') {
            if (quotes_on)
                move(from, inside, quoted_space);
            if (may_split_ && !is_new(from) && value_[at_ - 1] != '"')
                end_piece(from);
        } else if (quotes_on) {
            move(from, inside, 0);
        } else if (c != ':') {
            move(from, outside, is_misread_later(from) ? misread_later : 0);
        }
    }

    void end_piece(state from)
    {
        bool const ragged = value_[at_ - 1] == ' ' || value_.substr(at_ + 1, 1) == " ";
        cost const closing = (is_inside(from) ? one_quote : 0) + (ragged ? ragged_end : 0);
        move(from, new_outside, closing);
        move(from, new_inside, closing + one_quote);
    }

    /// Plain text in a flat query, but an operator, a list or a wildcard in the whole language.
    [[nodiscard]] bool is_misread_later(state from) const
    {
        constexpr std::string_view operators = ",()*<>";
        if (operators.find(value_[at_]) != std::string_view::npos)
            return true;
        if (from != new_outside)
            return false;
        if (value_[at_] == '-')
            return true;
        auto const word = value_.substr(at_, value_.find(' ', at_) - at_);
        return may_split_ && (word == "AND" || word == "OR" || word == "NOT");
    }

    void move(state from, state to, cost extra)
    {
        auto const price = columns_[at_][from].price + extra;
        auto& there = columns_[at_ + 1][to];
        if (price < there.price)
            there = {.price = price, .from = from};
    }

    [[nodiscard]] std::optional<state> last_state() const
    {
        auto const& last = columns_.back();
        if (value_.back() == '"' || (last[outside].price == no_way && last[inside].price == no_way))
            return std::nullopt;
        bool const open_is_better =
            last[inside].price != no_way && last[inside].price + one_quote < last[outside].price;
        return open_is_better ? inside : outside;
    }

    /// Follows the best way back, writing from the end.
    [[nodiscard]] std::string write() const
    {
        auto const last = last_state();
        if (!last) // no query reads so; only a tree made by hand gets here
            return '"' + std::string{value_} + '"';
        std::string out;
        state now = *last;
        if (is_inside(now))
            out += '"';
        for (auto i = value_.size(); i-- > 0;) {
            auto const before = columns_[i + 1][now].from;
            if (now == new_inside)
                out += '"';
            out += value_[i];
            if (is_new(now) && is_inside(before))
                out += '"';
            now = before;
        }
        if (now == new_inside)
            out += '"';
        std::ranges::reverse(out);
        return out;
    }

    std::string_view value_;
    bool may_split_;
    std::vector<column> columns_; ///< the cheapest way to each state before each byte, and after the last
    std::size_t at_ = 0;
};

} // namespace

std::string spell_value(std::string_view value)
{
    return speller{value, false}.spell();
}

std::string spell_words(std::string_view words)
{
    return speller{words, true}.spell();
}

} // namespace bridgewatch::grammar
