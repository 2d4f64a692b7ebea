#include "grammar/check.hpp"

#include "grammar/conditions.hpp"
#include "grammar/escape.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::grammar {
namespace {

/// What the terms that stand side by side have said of one key.
struct key_use {
    key of{};
    std::size_t values = 0;
    std::optional<std::size_t> condition; ///< index of the one that takes all its values
};

/// The conditions of terms side by side.
struct side_by_side {
    std::vector<node> nodes;
    std::vector<key_use> uses;

    key_use& use_of(key k)
    {
        auto const found = std::ranges::find(uses, k, &key_use::of);
        return found != uses.end() ? *found : uses.emplace_back(key_use{.of = k, .values = 0, .condition = {}});
    }
};

/// Adds the values of another condition of the same key.
struct merge_into {
    node& other;

    void operator()(text_is& to) const
    {
        auto& from = std::get<text_is>(other.value);
        for (auto& value : from.any_of)
            add_once(to.any_of, std::move(value));
        for (auto& pattern : from.like)
            add_once(to.like, std::move(pattern));
    }

    void operator()(initiator_is& to) const { append(to.any_of, std::get<initiator_is>(other.value).any_of); }

    void operator()(id_is& to) const { append(to.any_of, std::get<id_is>(other.value).any_of); }

    /// No other condition is of a key that a row has once.
    template <class Condition>
    void operator()(Condition& /*to*/) const
    {
    }

  private:
    template <class Value>
    static void append(std::vector<Value>& to, std::vector<Value>& from)
    {
        std::ranges::move(from, std::back_inserter(to));
    }
};

/// From tree to filter, from left to right. As deep as the tree, which the parser bounds.
class checker {
  public:
    checker(check_context const& context, std::vector<fault>& faults)
        : context_{context}, faults_{faults}, conditions_{context, faults}, subject_{context.about}
    {
    }

    filter read(ast::query const& tree)
    {
        filter out;
        if (tree.root) {
            time_bounds bounds;
            auto root = read(*tree.root, bounds);
            if (auto* const all = std::get_if<all_of>(&root.value))
                out.root = std::move(*all);
            else
                out.root.nodes.push_back(std::move(root));
            bounds.find_empty_range(faults_);
        }
        out.includes_inflight = conditions_.met_inflight();
        return out;
    }

  private:
    /// @param bounds of all that must hold together with this
    node read(ast::expression const& e, time_bounds& bounds)
    {
        return std::visit([this, &bounds](auto const& one) { return read(one, bounds); }, e.node);
    }

    /// With bounds of its own: under a negation, or as one of several.
    node read_apart(ast::expression const& e)
    {
        time_bounds bounds;
        auto out = read(e, bounds);
        bounds.find_empty_range(faults_);
        return out;
    }

    node read(ast::term const& term, time_bounds& bounds) { return read_alone(term, bounds); }

    node read(ast::bare_words const& bare, time_bounds& bounds) { return read_alone(bare, bounds); }

    node read_alone(auto const& one, time_bounds& bounds)
    {
        side_by_side alone;
        add(alone, one, bounds);
        return folded(std::move(alone.nodes));
    }

    node read(ast::sequence const& terms, time_bounds& bounds)
    {
        side_by_side out;
        for (auto const& operand : terms.operands) {
            if (auto const* const term = std::get_if<ast::term>(&operand.node))
                add(out, *term, bounds);
            else if (auto const* const bare = std::get_if<ast::bare_words>(&operand.node))
                add(out, *bare, bounds);
            else
                add(out.nodes, read(operand, bounds));
        }
        return folded(std::move(out.nodes));
    }

    node read(ast::conjunction const& all, time_bounds& bounds)
    {
        std::vector<node> out;
        for (auto const& operand : all.operands)
            add(out, read(operand, bounds));
        return folded(std::move(out));
    }

    node read(ast::disjunction const& any, time_bounds& /*bounds*/)
    {
        any_of out;
        for (auto const& operand : any.operands)
            out.nodes.push_back(read_apart(operand));
        return {std::move(out)};
    }

    node read(ast::negation const& negation, time_bounds& /*bounds*/)
    {
        complement out;
        out.of.push_back(read_apart(*negation.operand));
        return {std::move(out)};
    }

    node read(ast::tool_call const& call, time_bounds& /*bounds*/)
    {
        auto const outer = std::exchange(subject_, subject::tool_calls);
        some_tool_call out;
        out.that.push_back(read_apart(*call.body));
        subject_ = outer;
        return {std::move(out)};
    }

    /// What says nothing is left out.
    static void add(std::vector<node>& to, node one)
    {
        auto const* const all = std::get_if<all_of>(&one.value);
        if (all == nullptr || !all->nodes.empty())
            to.push_back(std::move(one));
    }

    static node folded(std::vector<node> nodes)
    {
        if (nodes.size() == 1)
            return std::move(nodes.front());
        return {all_of{std::move(nodes)}};
    }

    void add(side_by_side& to, ast::bare_words const& bare, time_bounds& bounds)
    {
        auto const value = bare.joined();
        auto const key = default_key(subject_);
        if (!key)
            return faults_.push_back(
                {.code = fault_code::no_key, .where = value.where, .field = "q", .detail = "no search key specified"});
        auto const& known = traits_of(*key);
        if (is_recorded(known, known.name, value.where))
            add_values(to, known, {}, {&value, 1}, bounds);
    }

    void add(side_by_side& to, ast::term const& term, time_bounds& bounds)
    {
        auto const* const known = find_key(subject_, term.key.value);
        if (known == nullptr)
            return faults_.push_back(unknown_key(term.key, suggest_key(subject_, term.key.value)));
        auto const path = known->has_path ? std::string_view{term.key.value}.substr(known->name.size()) : "";
        auto const name = std::string{known->name}.append(path);
        if (!is_recorded(*known, name, term.key.where))
            return;
        if (known->has_path && !is_path(path))
            return faults_.push_back({.code = fault_code::bad_path,
                                      .where = term.key.where,
                                      .field = name,
                                      .detail = about(name) + " needs a name before and after each dot"});
        if (auto const* const list = std::get_if<ast::value_list>(&term.value))
            return add_values(to, *known, path, list->values, bounds);
        auto const* const comparison = std::get_if<ast::comparison>(&term.value);
        auto condition = comparison != nullptr ? conditions_.comparison(*known, *comparison)
                                               : conditions_.range(*known, std::get<ast::range>(term.value));
        if (condition)
            to.nodes.push_back(*std::move(condition));
    }

    void add_values(side_by_side& to, key_traits const& known, std::string_view path, std::span<ast::text const> values,
                    time_bounds& bounds)
    {
        key_use once{.of = known.id, .values = 0, .condition = {}};
        auto& use = known.held_once ? to.use_of(known.id) : once;
        values = within_limit(use, std::string{known.name}.append(path), values);
        if (values.empty())
            return;
        auto condition = conditions_.any_of_values(known, path, values, bounds);
        if (!condition)
            return;
        if (use.condition) // it stands where the key stood first
            return std::visit(merge_into{*condition}, to.nodes[*use.condition].value);
        use.condition = to.nodes.size();
        to.nodes.push_back(*std::move(condition));
    }

    /// One fault a key: past the limit values are not looked at.
    std::span<ast::text const> within_limit(key_use& use, std::string_view name, std::span<ast::text const> values)
    {
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i].value.empty() || ++use.values <= limits::values)
                continue;
            if (use.values == limits::values + 1)
                faults_.push_back(too_many_values(name, values[i].where));
            use.values = limits::values + 1;
            return values.first(i);
        }
        return values;
    }

    bool is_recorded(key_traits const& known, std::string_view name, span where)
    {
        if (context_.recorded.keys.contains(known.id))
            return true;
        faults_.push_back(not_recorded(name, where));
        return false;
    }

    check_context const& context_;
    std::vector<fault>& faults_;
    condition_reader conditions_;
    subject subject_;
};

} // namespace

checked_query check(std::string_view query, check_context const& context)
{
    auto [tree, faults] = parse(query);
    checker reader{context, faults};
    auto meaning = reader.read(tree);
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
