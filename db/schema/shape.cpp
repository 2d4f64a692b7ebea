#include "db/schema/shape.hpp"

#include "db/schema/known_columns.hpp"

#include <vector>

namespace bridgewatch::schema {
namespace {

std::vector<bool> flags(shape s)
{
    std::vector<bool> out{s.model_thoughts, s.acceleration};
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

grammar::recorded_set shape::recorded() const
{
    grammar::recorded_set out;
    auto const key_needs = [&out](grammar::key k, bool there) {
        if (!there)
            out.keys.erase(k);
    };
    auto const& has = interceptions;
    key_needs(grammar::key::provider_name, has.provider_name);
    key_needs(grammar::key::client, has.client);
    key_needs(grammar::key::session_id, has.session_id);
    key_needs(grammar::key::thread, has.thread_root_id);
    key_needs(grammar::key::api_key_id, has.api_key_id);
    key_needs(grammar::key::error_type, has.error_type);
    key_needs(grammar::key::error_message, has.error_message);
    key_needs(grammar::key::metadata, has.metadata);
    key_needs(grammar::key::annotation, has.annotations);
    key_needs(grammar::key::ended, has.ended_at);
    key_needs(grammar::key::duration, has.ended_at);
    key_needs(grammar::key::cache_read_tokens, token_usages.cache_read_input_tokens);
    key_needs(grammar::key::cache_write_tokens, token_usages.cache_write_input_tokens);
    key_needs(grammar::key::cost, token_usages.cost_micros);
    key_needs(grammar::key::thinking, model_thoughts);
    if (!model_thoughts)
        out.presences.erase(grammar::presence::thinking);
    if (!has.client_session_id)
        out.presences.erase(grammar::presence::session);
    if (!has.ended_at)
        out.states.erase(grammar::state::inflight);
    if (!has.error_type && !has.error_message)
        out.states.erase(grammar::state::failed);
    return out;
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
