#pragma once

#include "test/integration/search_dice.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// A query as this test sees it: what stands there, piece by piece, beside what each value means.
namespace bridgewatch::test::search {

/// Wide enough for sums of bigints.
__extension__ typedef __int128 wide;

/// In the order of `field_names`.
enum class field : std::uint8_t {
    initiator,
    provider,
    provider_name,
    model,
    client,
    session_id,
    id,
    thread,
    api_key_id,
    error_type,
    started_after,
    started_before,
    started,
    ended,
    duration,
    input_tokens,
    output_tokens,
    total_tokens,
    cache_read_tokens,
    cache_write_tokens,
    cost,
    tool,
    server_url,
    tool_input,
    tool_error,
    injected,
    prompt,
    thinking,
    error_message,
    text,
    has,
    is,
    metadata,
    annotation,
    // within tool(…)
    call_name,
    call_server_url,
    call_input,
    call_error,
    call_injected,
};

inline constexpr std::string_view field_names[] = {
    "initiator",
    "provider",
    "provider_name",
    "model",
    "client",
    "session_id",
    "id",
    "thread",
    "api_key_id",
    "error_type",
    "started_after",
    "started_before",
    "started",
    "ended",
    "duration",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cost",
    "tool",
    "server_url",
    "tool_input",
    "tool_error",
    "injected",
    "prompt",
    "thinking",
    "error_message",
    "text",
    "has",
    "is",
    "metadata",
    "annotation",
    "name",
    "server_url",
    "input",
    "error",
    "injected",
};

inline constexpr std::size_t interception_fields = static_cast<std::size_t>(field::call_name);
inline constexpr std::size_t all_fields = std::size(field_names);

/// A row has it once, so that side by side its values are any of them.
constexpr bool held_once(field f)
{
    return f <= field::error_type;
}

struct nothing {}; ///< `key:""`

struct literal {
    std::string text;
};

struct wildcard {
    std::string text; ///< each `*` is any run of characters
};

/// Both ends inclusive, in halves of the field's unit (microseconds, tokens, millionths of a dollar): what was written
/// with digits finer than the unit lies between two of them.
struct interval {
    std::optional<wide> low, high;
};

struct value {
    std::string spelling; ///< quotes included
    std::variant<nothing, literal, wildcard, interval> means;
};

struct term {
    field of{};
    std::string spelling; ///< of the key, with its path
    std::vector<std::string> path = {};
    std::vector<value> values = {};
};

/// A run of bare words.
struct words {
    value name;
};

struct conjunction;

struct parentheses {
    std::string before; ///< empty, or `tool` in any case
    std::vector<conjunction> any_of;
};

enum class sign : std::uint8_t { minus, word };

struct operand {
    bool after_and = false;
    std::vector<sign> negations = {};
    std::variant<term, words, parentheses> what;
};

struct conjunction {
    std::vector<operand> operands;
};

struct query {
    std::vector<conjunction> any_of; ///< joined by OR
};

/// Upstream's language: no operator, no sign, no parenthesis but within values.
[[nodiscard]] bool is_flat(query const& q);

/// Calls `visit(term)` for every term, within parentheses too.
template <class Visit>
void for_each_term(std::vector<conjunction> const& any_of, Visit const& visit)
{
    for (auto const& all_of : any_of)
        for (auto const& each : all_of.operands) {
            if (auto const* single = std::get_if<term>(&each.what))
                visit(*single);
            else if (auto const* group = std::get_if<parentheses>(&each.what))
                for_each_term(group->any_of, visit);
        }
}

/// The text, with spaces where they may stand.
[[nodiscard]] std::string text_of(query const& q, dice& random);

} // namespace bridgewatch::test::search
