#pragma once

#include "grammar/ast.hpp"
#include "grammar/check.hpp"
#include "grammar/time_bounds.hpp"

#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::grammar {

/// From the operand of one key to its typed condition. What is wrong with a value is added to the faults. Internal to
/// this folder.
class condition_reader {
  public:
    condition_reader(check_context const& context, std::vector<fault>& faults) : context_{context}, faults_{faults} {}

    /// Any of these values; the empty ones are left out. Empty where none is left: no filter.
    [[nodiscard]] std::optional<node> any_of_values(key_traits const& known, std::string_view path,
                                                    std::span<ast::text const> values, time_bounds& bounds);
    [[nodiscard]] std::optional<node> comparison(key_traits const& known, ast::comparison const& with);
    [[nodiscard]] std::optional<node> range(key_traits const& known, ast::range const& within);

    /// Whether `is:inflight` was met.
    [[nodiscard]] bool met_inflight() const { return met_inflight_; }

  private:
    struct text_values {
        std::vector<std::string> plain, patterns;
    };

    /// Any of them; one stands for itself.
    [[nodiscard]] static std::optional<node> any_one(std::vector<node> nodes);

    [[nodiscard]] text_values read_texts(key_traits const& known, std::span<ast::text const> values);
    [[nodiscard]] std::optional<node> read_users(std::span<ast::text const> values) const;
    [[nodiscard]] std::optional<node> read_ids(key_traits const& known, std::span<ast::text const> values);
    [[nodiscard]] std::optional<node> read_bound(key_traits const& known, std::span<ast::text const> values,
                                                 time_bounds& bounds);
    [[nodiscard]] std::optional<node> read_times(key_traits const& known, std::span<ast::text const> values);
    [[nodiscard]] std::optional<node> read_amounts(key_traits const& known, std::span<ast::text const> values);
    [[nodiscard]] std::optional<std::string> read_needle(key_traits const& known, std::span<ast::text const> values);
    [[nodiscard]] std::optional<node> read_presences(key_traits const& known, std::span<ast::text const> values);
    [[nodiscard]] std::optional<node> read_states(key_traits const& known, std::span<ast::text const> values);
    [[nodiscard]] std::optional<node> read_injected(key_traits const& known, std::span<ast::text const> values);
    [[nodiscard]] std::optional<node> read_json(key_traits const& known, std::string_view path,
                                                std::span<ast::text const> values);

    [[nodiscard]] std::optional<instant> read_instant(key_traits const& known, ast::text const& value);
    [[nodiscard]] std::optional<std::int64_t> read_number(key_traits const& known, ast::text const& value);
    template <class Enum>
    [[nodiscard]] std::optional<Enum> read_name(key_traits const& known, ast::text const& value,
                                                std::span<std::string_view const> names,
                                                enum_set<Enum> const& recorded);

    void add_fault(fault_code code, key_traits const& known, span where, std::string_view what);

    check_context const& context_;
    std::vector<fault>& faults_;
    bool met_inflight_ = false;
};

/// An empty value is no filter, and none of several.
[[nodiscard]] inline auto given(std::span<ast::text const> values)
{
    return values | std::views::filter([](ast::text const& value) { return !value.value.empty(); });
}

/// Nothing where no value was left.
template <class Condition>
[[nodiscard]] std::optional<node> unless_empty(Condition condition)
{
    return condition.any_of.empty() ? std::nullopt : std::optional{node{std::move(condition)}};
}

/// Appends a value that is not there yet.
void add_once(std::vector<std::string>& to, std::string value);

/// `Query param "key"`
[[nodiscard]] std::string about(std::string_view key);

// Faults of a key, wherever it is looked up.

/// @param meant the nearest key, or empty
[[nodiscard]] fault unknown_key(ast::text const& key, std::string_view meant);
[[nodiscard]] fault not_recorded(std::string_view key, span where);
[[nodiscard]] fault too_many_values(std::string_view key, span where);

} // namespace bridgewatch::grammar
