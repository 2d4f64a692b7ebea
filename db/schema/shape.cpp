#include "db/schema/shape.hpp"

#include "db/schema/known_columns.hpp"

#include <vector>

namespace bridgewatch::schema {
namespace {

std::vector<bool> flags(shape s)
{
    std::vector<bool> out{s.model_thoughts};
    for (auto const& known : known_columns())
        if (known.flag != nullptr)
            out.push_back(known.flag(s));
    return out;
}

} // namespace

bool operator==(shape const& a, shape const& b)
{
    return flags(a) == flags(b);
}

grammar::key_set shape::recorded_keys() const
{
    auto keys = grammar::key_set::all();
    if (!interceptions.provider_name)
        keys.erase(grammar::key::provider_name);
    if (!interceptions.client)
        keys.erase(grammar::key::client);
    return keys;
}

shape newest_shape()
{
    shape out;
    out.model_thoughts = true;
    for (auto const& known : known_columns())
        if (known.flag != nullptr)
            known.flag(out) = true;
    out.api_keys.scope = false; // upstream replaced it by scopes
    return out;
}

} // namespace bridgewatch::schema
