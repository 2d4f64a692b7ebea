#include "grammar/keys.hpp"

#include "grammar/ascii.hpp"
#include "grammar/limits.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace bridgewatch::grammar {
namespace {

using enum operand_kind;

/// In the order of `enum key`; of two keys that are as near to a misspelt one, the first is suggested.
constexpr key_traits interception_keys[] = {
    {.id = key::initiator, .name = "initiator", .operand = words, .held_once = true},
    {.id = key::provider, .name = "provider", .operand = patterns, .held_once = true},
    {.id = key::provider_name, .name = "provider_name", .operand = patterns, .held_once = true},
    {.id = key::model, .name = "model", .operand = patterns, .held_once = true},
    {.id = key::client, .name = "client", .operand = patterns, .held_once = true},
    {.id = key::session_id, .name = "session_id", .operand = patterns, .held_once = true},
    {.id = key::id, .name = "id", .operand = words, .held_once = true},
    {.id = key::thread, .name = "thread", .operand = words, .held_once = true},
    {.id = key::api_key_id, .name = "api_key_id", .operand = words, .held_once = true},
    {.id = key::error_type, .name = "error_type", .operand = words, .held_once = true},
    {.id = key::started_after, .name = "started_after", .operand = text},
    {.id = key::started_before, .name = "started_before", .operand = text},
    {.id = key::started, .name = "started", .operand = ordered},
    {.id = key::ended, .name = "ended", .operand = ordered},
    {.id = key::duration, .name = "duration", .operand = ordered},
    {.id = key::input_tokens, .name = "input_tokens", .operand = ordered},
    {.id = key::output_tokens, .name = "output_tokens", .operand = ordered},
    {.id = key::total_tokens, .name = "total_tokens", .operand = ordered},
    {.id = key::cache_read_tokens, .name = "cache_read_tokens", .operand = ordered},
    {.id = key::cache_write_tokens, .name = "cache_write_tokens", .operand = ordered},
    {.id = key::cost, .name = "cost", .operand = ordered},
    {.id = key::tool, .name = "tool", .operand = patterns},
    {.id = key::server_url, .name = "server_url", .operand = patterns},
    {.id = key::tool_input, .name = "tool_input", .operand = text},
    {.id = key::tool_error, .name = "tool_error", .operand = text},
    {.id = key::injected, .name = "injected", .operand = words},
    {.id = key::prompt, .name = "prompt", .operand = text},
    {.id = key::thinking, .name = "thinking", .operand = text},
    {.id = key::error_message, .name = "error_message", .operand = text},
    {.id = key::text, .name = "text", .operand = text},
    {.id = key::has, .name = "has", .operand = words},
    {.id = key::is, .name = "is", .operand = words},
    {.id = key::metadata, .name = "metadata.", .operand = words, .has_path = true},
    {.id = key::annotation, .name = "annotation.", .operand = words, .has_path = true},
};

constexpr key_traits tool_call_keys[] = {
    {.id = key::call_name, .name = "name", .operand = patterns},
    {.id = key::call_server_url, .name = "server_url", .operand = patterns},
    {.id = key::call_input, .name = "input", .operand = text},
    {.id = key::call_error, .name = "error", .operand = text},
    {.id = key::call_injected, .name = "injected", .operand = words},
};

constexpr std::string_view presences[] = {"prompt", "tool", "error", "thinking", "session"};
constexpr std::string_view states[] = {"inflight", "completed", "failed"};

std::span<key_traits const> keys_of(subject of)
{
    return of == subject::tool_calls ? std::span<key_traits const>{tool_call_keys} : interception_keys;
}

/// Levenshtein's distance, by the row method: O(a · b) time, one row of memory.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            auto const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

bool lengths_are_near(std::string_view a, std::string_view b)
{
    return std::max(a.size(), b.size()) - std::min(a.size(), b.size()) <= limits::suggestion_distance;
}

} // namespace

key_traits const* find_key(subject of, std::string_view name)
{
    for (auto const& row : keys_of(of))
        if (ascii::same_word(row.name, row.has_path ? name.substr(0, row.name.size()) : name))
            return &row;
    return nullptr;
}

key_traits const& traits_of(key k)
{
    auto const at = static_cast<std::size_t>(k);
    return at < std::size(interception_keys) ? interception_keys[at]
                                             : tool_call_keys[at - std::size(interception_keys)];
}

std::string_view name_of(key k)
{
    return traits_of(k).name;
}

key default_key(subject of)
{
    return of == subject::tool_calls ? key::call_name : key::initiator;
}

std::string_view nearest(std::span<std::string_view const> names, std::string_view misspelt)
{
    std::string_view out;
    auto least = limits::suggestion_distance + 1;
    for (auto const name : names) {
        if (!lengths_are_near(name, misspelt))
            continue; // spares a hostile key of thousands of bytes its table
        auto const edits = distance(name, ascii::lower(misspelt));
        // A key of one or two letters is within two edits of every other such key.
        bool const all_replaced = edits >= misspelt.size();
        if (edits < least && !all_replaced) {
            least = edits;
            out = name;
        }
    }
    return out;
}

std::string suggest_key(subject of, std::string_view misspelt)
{
    std::vector<std::string_view> names;
    for (auto const& row : keys_of(of))
        names.push_back(row.name);
    if (auto const found = nearest(names, misspelt); !found.empty())
        return std::string{found};
    auto const dot = misspelt.find('.');
    if (dot == std::string_view::npos)
        return {};
    auto const first = nearest(names, misspelt.substr(0, dot + 1));
    return first.ends_with('.') ? std::string{first}.append(misspelt.substr(dot + 1)) : std::string{};
}

std::span<std::string_view const> presence_names()
{
    return presences;
}

std::span<std::string_view const> state_names()
{
    return states;
}

} // namespace bridgewatch::grammar
