#include "grammar/check.hpp"

#include "grammar/ascii.hpp"
#include "grammar/escape.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"
#include "grammar/time_bounds.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::grammar {
namespace {

std::string about(std::string_view key)
{
    return "Query param " + quoted(key);
}

/// What bare words are a value of.
key default_key(subject of)
{
    constexpr key keys[] = {key::initiator}; // in the order of `enum subject`
    return keys[static_cast<std::size_t>(of)];
}

/// What the query has said of one key so far.
struct key_use {
    std::size_t values = 0;
    std::optional<std::size_t> condition; ///< index in the filter of the one that takes all values of the key
};

/// Turns the operands of a flat query into conditions, from left to right.
class checker {
  public:
    checker(check_context const& context, std::vector<fault>& faults) : context_{context}, faults_{faults} {}

    void read(ast::term const& term, ast::value_list const& list)
    {
        auto const known = find_key(context_.of, term.key.value);
        if (!known)
            return add_unknown_key(term.key);
        if (!is_recorded(*known, term.key.where))
            return;
        for (auto const& value : list.values)
            add(*known, value);
    }

    void read(ast::bare_words const& bare)
    {
        auto const k = default_key(context_.of);
        if (is_recorded(k, bare.words.where))
            add(k, bare.words);
    }

    filter take()
    {
        bounds_.find_empty_range(faults_);
        return std::move(meaning_);
    }

  private:
    void add_unknown_key(ast::text const& key)
    {
        auto name = ascii::lower(key.value);
        auto detail = about(name) + " is not a valid query param";
        if (auto const nearest = suggest_key(context_.of, name); !nearest.empty())
            detail += "; did you mean " + quoted(nearest) + "?";
        faults_.push_back({.code = fault_code::unknown_key,
                           .where = key.where,
                           .field = std::move(name),
                           .detail = std::move(detail)});
    }

    bool is_recorded(key k, span where)
    {
        if (context_.recorded.contains(k))
            return true;
        faults_.push_back({.code = fault_code::not_recorded,
                           .where = where,
                           .field = std::string{name_of(k)},
                           .detail = about(name_of(k)) + " is not recorded by this database"});
        return false;
    }

    void add(key k, ast::text const& value)
    {
        if (value.value.empty() || !count_value(k, value.where))
            return;
        switch (k) {
        case key::initiator:
            condition_of<initiator_is>(k).any_of.push_back(user_of(value));
            break;
        case key::provider:
            add_text(k, text_field::provider, value.value);
            break;
        case key::provider_name:
            add_text(k, text_field::provider_name, value.value);
            break;
        case key::model:
            add_text(k, text_field::model, value.value);
            break;
        case key::client:
            add_text(k, text_field::client, value.value);
            break;
        case key::started_after:
        case key::started_before:
            if (auto const bound = bounds_.read(k, value, faults_))
                meaning_.all_of.emplace_back(*bound);
            break;
        }
    }

    /// One fault a key: past the limit the other values are not looked at.
    bool count_value(key k, span where)
    {
        auto const count = ++use_of(k).values;
        if (count == limits::values + 1)
            faults_.push_back(
                {.code = fault_code::too_many_values,
                 .where = where,
                 .field = std::string{name_of(k)},
                 .detail = about(name_of(k)) + " has more than " + std::to_string(limits::values) + " values"});
        return count <= limits::values;
    }

    void add_text(key k, text_field field, std::string const& value)
    {
        auto& condition = condition_of<text_is>(k);
        condition.field = field;
        if (std::ranges::find(condition.any_of, value) == condition.any_of.end())
            condition.any_of.push_back(value);
    }

    /// Equal users are kept apart: each place of an unknown name is a fault of its own.
    [[nodiscard]] user_reference user_of(ast::text const& value) const
    {
        if (auto const id = parse_uuid(value.value))
            return {.name = {}, .id = id, .where = value.where};
        if (value.value == "me" && !context_.me.is_nil())
            return {.name = {}, .id = context_.me, .where = value.where};
        return {.name = value.value, .id = std::nullopt, .where = value.where};
    }

    /// The condition of a key stands where the key stood first.
    template <class Condition>
    Condition& condition_of(key k)
    {
        auto& use = use_of(k);
        if (!use.condition) {
            use.condition = meaning_.all_of.size();
            meaning_.all_of.emplace_back(Condition{});
        }
        return std::get<Condition>(meaning_.all_of[*use.condition]);
    }

    key_use& use_of(key k) { return uses_[static_cast<std::size_t>(k)]; }

    check_context const& context_;
    std::vector<fault>& faults_;
    filter meaning_;
    std::array<key_use, static_cast<std::size_t>(key::started_before) + 1> uses_;
    time_bounds bounds_;
};

} // namespace

checked_query check(std::string_view query, check_context const& context)
{
    auto [tree, faults] = parse(query);
    checker reader{context, faults};
    // A flat query is made of these two alone.
    for (auto const& operand : tree.root.operands) {
        if (auto const* const term = std::get_if<ast::term>(&operand.node))
            reader.read(*term, std::get<ast::value_list>(term->value));
        else
            reader.read(std::get<ast::bare_words>(operand.node));
    }
    auto meaning = reader.take();
    sort_faults(faults);
    return {.tree = std::move(tree), .meaning = std::move(meaning), .faults = std::move(faults)};
}

fault unknown_user(user_reference const& user)
{
    auto const value = user.id ? to_string(*user.id) : user.name;
    return {.code = fault_code::unknown_user,
            .where = user.where,
            .field = "initiator",
            .detail = about("initiator") + " has invalid value: user " + quoted(value) +
                      " either does not exist, or you are unauthorized to view them"};
}

void sort_faults(std::vector<fault>& faults)
{
    auto const offset_of = [](fault const& f) { return f.where ? std::int64_t{f.where->offset} : -1; };
    // Insertion: there are few faults, mostly in order, and std::stable_sort of libstdc++ 12 does not compile without
    // a warning of its own.
    for (auto next = faults.begin(); next != faults.end(); ++next)
        std::rotate(std::ranges::upper_bound(faults.begin(), next, offset_of(*next), {}, offset_of), next, next + 1);
}

} // namespace bridgewatch::grammar
