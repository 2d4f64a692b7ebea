#include "test/integration/search_subject.hpp"

#include <algorithm>
#include <map>

namespace bridgewatch::test::search {
namespace {

struct bare_operand {
    operand const* at;
    bool negated;
};

/// Without parentheses around a single term and without its signs.
bare_operand laid_bare(operand const& whole)
{
    bare_operand out{&whole, whole.negations.size() % 2 != 0};
    for (;;) {
        auto const* group = std::get_if<parentheses>(&out.at->what);
        bool const is_plain = group && group->before.empty() && group->any_of.size() == 1;
        if (!is_plain || group->any_of.front().operands.size() != 1)
            return out;
        out.at = &group->any_of.front().operands.front();
        out.negated ^= out.at->negations.size() % 2 != 0;
    }
}

} // namespace

bool subject::holds(std::vector<conjunction> const& any_of) const
{
    return std::ranges::any_of(any_of, [this](conjunction const& each) { return holds(each); });
}

bool subject::holds(conjunction const& all_of) const
{
    std::map<field, value_list> beside; // since the last AND
    auto const hold = [&] {
        return std::ranges::all_of(std::exchange(beside, {}),
                                   [this](auto const& terms) { return finds_any(terms.first, nullptr, terms.second); });
    };
    for (auto const& each : all_of.operands) {
        if (each.after_and && !hold())
            return false;
        auto const [at, negated] = laid_bare(each);
        auto const [of, values] = values_of(*at);
        if (!values.empty() && !negated && merges(of))
            beside[of].insert(beside[of].end(), values.begin(), values.end());
        else if (holds(*at) == negated)
            return false;
    }
    return hold();
}

/// Signs apart.
bool subject::holds(operand const& one) const
{
    if (auto const* group = std::get_if<parentheses>(&one.what))
        return group->before.empty() ? holds(group->any_of) : has_call(*group);
    auto const [of, values] = values_of(one);
    return finds_any(of, std::get_if<term>(&one.what), values);
}

/// An empty value is no filter, and none beside others.
bool subject::finds_any(field of, term const* whole, value_list values) const
{
    std::erase_if(values, [](value const* each) { return std::holds_alternative<nothing>(each->means); });
    return values.empty() ||
           std::ranges::any_of(values, [&](value const* each) { return finds_one(of, whole, *each); });
}

/// None for parentheses.
std::pair<field, value_list> subject::values_of(operand const& one) const
{
    if (auto const* run = std::get_if<words>(&one.what))
        return {bare_field(), {&run->name}};
    auto const* single = std::get_if<term>(&one.what);
    if (!single)
        return {};
    value_list out;
    for (auto const& each : single->values)
        out.push_back(&each);
    return {single->of, out};
}

} // namespace bridgewatch::test::search
