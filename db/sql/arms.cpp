#include "db/sql/arms.hpp"

#include "db/sql/text_places.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace bridgewatch::sql {
namespace {

bool is_text_anywhere(grammar::node const& one)
{
    auto const* const text = std::get_if<grammar::text_holds>(&one.value);
    return text != nullptr && text->in == grammar::text_place::anywhere;
}

bool looks_into_children(grammar::node const& one);

struct child_finder {
    bool operator()(grammar::all_of const& all) const { return std::ranges::any_of(all.nodes, looks_into_children); }

    bool operator()(grammar::any_of const& any) const { return std::ranges::any_of(any.nodes, looks_into_children); }

    bool operator()(grammar::some_tool_call const& /*call*/) const { return true; }

    bool operator()(grammar::has_some const& has) const { return has.what != grammar::presence::session; }

    bool operator()(grammar::text_holds const& text) const { return text.in != grammar::text_place::error_message; }

    /// Sums visit each interception anyway, and so do complements.
    template <class Condition>
    bool operator()(Condition const& /*other*/) const
    {
        return false;
    }
};

bool looks_into_children(grammar::node const& one)
{
    return std::visit(child_finder{}, one.value);
}

} // namespace

arms::arms(grammar::filter const& where, schema::shape const& database) : database_{database}
{
    auto const all = conditions_of(where);
    auto const wants = [](grammar::node const* one) {
        return is_text_anywhere(*one) ||
               (std::holds_alternative<grammar::any_of>(one->value) && looks_into_children(*one));
    };
    // One is taken apart: several would multiply.
    auto const found = std::ranges::find_if(all, wants);
    if (found != all.end())
        each_ = alternatives_of(**found);
    if (each_.size() < 2 || each_.size() > most) {
        each_ = {all};
        return;
    }
    for (auto& arm : each_)
        for (auto const* one : all)
            if (one != *found)
                arm.push_back(one);
}

std::vector<condition_list> arms::alternatives_of(grammar::node const& one)
{
    std::vector<condition_list> out;
    if (auto const* const any = std::get_if<grammar::any_of>(&one.value)) {
        if (any->nodes.size() <= most)
            for (auto const& side : any->nodes)
                add_alternatives(out, side);
    } else {
        add_alternatives(out, one);
    }
    return out;
}

void arms::add_alternatives(std::vector<condition_list>& to, grammar::node const& one)
{
    if (is_text_anywhere(one)) {
        for (auto& place : places_of(std::get<grammar::text_holds>(one.value), database_))
            to.push_back({&made_.emplace_back(std::move(place))});
        return;
    }
    auto& arm = to.emplace_back();
    if (auto const* const all = std::get_if<grammar::all_of>(&one.value))
        for (auto const& part : all->nodes)
            arm.push_back(&part);
    else
        arm.push_back(&one);
}

} // namespace bridgewatch::sql
