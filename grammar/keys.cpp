#include "grammar/keys.hpp"

#include "grammar/ascii.hpp"
#include "grammar/limits.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace bridgewatch::grammar {
namespace {

struct key_row {
    key id;
    std::string_view name;
};

/// In the order of `enum key`; of two keys that are as near to a misspelt one, the first is suggested.
constexpr key_row interception_keys[] = {
    {key::initiator, "initiator"},
    {key::provider, "provider"},
    {key::provider_name, "provider_name"},
    {key::model, "model"},
    {key::client, "client"},
    {key::started_after, "started_after"},
    {key::started_before, "started_before"},
};

std::span<key_row const> keys_of(subject of)
{
    constexpr std::span<key_row const> tables[] = {interception_keys};
    return tables[static_cast<std::size_t>(of)];
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

std::optional<key> find_key(subject of, std::string_view name)
{
    for (auto const& row : keys_of(of))
        if (ascii::same_word(row.name, name))
            return row.id;
    return std::nullopt;
}

std::string_view name_of(key k)
{
    return interception_keys[static_cast<std::size_t>(k)].name;
}

std::string_view suggest_key(subject of, std::string_view misspelt)
{
    std::string_view nearest;
    auto least = limits::suggestion_distance + 1;
    for (auto const& row : keys_of(of)) {
        if (!lengths_are_near(row.name, misspelt))
            continue; // spares a hostile key of thousands of bytes its table
        auto const edits = distance(row.name, ascii::lower(misspelt));
        // A key of one or two letters is within two edits of every other such key.
        bool const all_replaced = edits >= misspelt.size();
        if (edits < least && !all_replaced) {
            least = edits;
            nearest = row.name;
        }
    }
    return nearest;
}

} // namespace bridgewatch::grammar
