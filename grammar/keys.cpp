#include "grammar/keys.hpp"

#include "grammar/ascii.hpp"
#include "grammar/limits.hpp"
#include "grammar/utf8.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace bridgewatch::grammar {
namespace {

using enum operand_kind;

/// In the order of `enum key`; of two keys that are as near to a misspelt one, the first is suggested.
constexpr key_traits interception_keys[] = {
    {.name = "initiator", .id = key::initiator, .operand = words, .held_once = true},
    {.name = "provider", .id = key::provider, .operand = patterns, .held_once = true},
    {.name = "provider_name", .id = key::provider_name, .operand = patterns, .held_once = true},
    {.name = "model", .id = key::model, .operand = patterns, .held_once = true},
    {.name = "client", .id = key::client, .operand = patterns, .held_once = true},
    {.name = "session_id", .id = key::session_id, .operand = patterns, .held_once = true},
    {.name = "id", .id = key::id, .operand = words, .held_once = true},
    {.name = "thread", .id = key::thread, .operand = words, .held_once = true},
    {.name = "api_key_id", .id = key::api_key_id, .operand = words, .held_once = true},
    {.name = "error_type", .id = key::error_type, .operand = words, .held_once = true},
    {.name = "started_after", .id = key::started_after, .operand = text},
    {.name = "started_before", .id = key::started_before, .operand = text},
    {.name = "started", .id = key::started, .operand = ordered},
    {.name = "ended", .id = key::ended, .operand = ordered},
    {.name = "duration", .id = key::duration, .operand = ordered},
    {.name = "input_tokens", .id = key::input_tokens, .operand = ordered},
    {.name = "output_tokens", .id = key::output_tokens, .operand = ordered},
    {.name = "total_tokens", .id = key::total_tokens, .operand = ordered},
    {.name = "cache_read_tokens", .id = key::cache_read_tokens, .operand = ordered},
    {.name = "cache_write_tokens", .id = key::cache_write_tokens, .operand = ordered},
    {.name = "cost", .id = key::cost, .operand = ordered},
    {.name = "tool", .id = key::tool, .operand = patterns},
    {.name = "server_url", .id = key::server_url, .operand = patterns},
    {.name = "tool_input", .id = key::tool_input, .operand = text},
    {.name = "tool_error", .id = key::tool_error, .operand = text},
    {.name = "injected", .id = key::injected, .operand = words},
    {.name = "prompt", .id = key::prompt, .operand = text},
    {.name = "thinking", .id = key::thinking, .operand = text},
    {.name = "error_message", .id = key::error_message, .operand = text},
    {.name = "text", .id = key::text, .operand = text},
    {.name = "has", .id = key::has, .operand = words},
    {.name = "is", .id = key::is, .operand = words},
    {.name = "metadata.", .id = key::metadata, .operand = words, .has_path = true},
    {.name = "annotation.", .id = key::annotation, .operand = words, .has_path = true},
};

constexpr key_traits tool_call_keys[] = {
    {.name = "name", .id = key::call_name, .operand = patterns},
    {.name = "server_url", .id = key::call_server_url, .operand = patterns},
    {.name = "input", .id = key::call_input, .operand = text},
    {.name = "error", .id = key::call_error, .operand = text},
    {.name = "injected", .id = key::call_injected, .operand = words},
};

constexpr std::string_view presences[] = {"prompt", "tool", "error", "thinking", "session"};
constexpr std::string_view states[] = {"inflight", "completed", "failed"};

std::span<key_traits const> keys_of(subject of)
{
    return of == subject::tool_calls ? std::span<key_traits const>{tool_call_keys} : interception_keys;
}

/// Levenshtein's distance, by the row method: O(a · b) time, one row of memory.
std::size_t distance(std::u32string_view a, std::u32string_view b)
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

bool lengths_are_near(std::u32string_view a, std::u32string_view b)
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

bool is_path(std::string_view text)
{
    return !text.empty() && !text.starts_with('.') && !text.ends_with('.') && text.find("..") == std::string_view::npos;
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

std::optional<key> default_key(subject of)
{
    if (of == subject::sessions)
        return {};
    return of == subject::tool_calls ? key::call_name : key::initiator;
}

std::string_view nearest(std::span<std::string_view const> names, std::string_view misspelt)
{
    std::string_view out;
    auto least = limits::suggestion_distance + 1;
    auto const given = utf8::characters(utf8::lower(misspelt));
    for (auto const name : names) {
        auto const known = utf8::characters(name);
        if (!lengths_are_near(known, given))
            continue; // spares a hostile key of thousands of bytes its table
        auto const edits = distance(known, given);
        // A key of one or two letters is within two edits of every other such key.
        bool const all_replaced = edits >= given.size();
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
    auto const dot = misspelt.find('.');
    if (dot == std::string_view::npos)
        return std::string{nearest(names, misspelt)};
    auto const first = nearest(names, misspelt.substr(0, dot + 1));
    if (!first.ends_with('.'))
        return std::string{nearest(names, misspelt)};
    auto const path = misspelt.substr(dot + 1);
    return is_path(path) && path.find('"') == std::string_view::npos ? std::string{first}.append(path) : std::string{};
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
