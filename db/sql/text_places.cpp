#include "db/sql/text_places.hpp"

#include <utility>

namespace bridgewatch::sql {
namespace {

grammar::node call_text_holds(std::string const& needle)
{
    grammar::any_of either;
    either.nodes.push_back({grammar::call_holds{.in = grammar::call_text::input, .needle = needle}});
    either.nodes.push_back({grammar::call_holds{.in = grammar::call_text::error, .needle = needle}});
    grammar::some_tool_call call;
    call.that.push_back({std::move(either)});
    return {std::move(call)};
}

} // namespace

std::vector<grammar::node> places_of(grammar::text_holds const& text, schema::shape const& database)
{
    using enum grammar::text_place;
    auto const& needle = text.needle;
    std::vector<grammar::node> out;
    out.push_back({grammar::text_holds{.in = prompt, .needle = needle}});
    out.push_back(call_text_holds(needle));
    if (database.model_thoughts)
        out.push_back({grammar::text_holds{.in = thinking, .needle = needle}});
    if (database.interceptions.error_message)
        out.push_back({grammar::text_holds{.in = error_message, .needle = needle}});
    return out;
}

} // namespace bridgewatch::sql
