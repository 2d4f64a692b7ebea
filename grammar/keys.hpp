#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bridgewatch::grammar {

/// What terms are about. They differ in their keys, and in the default key, whose value bare words are.
enum class subject {
    interceptions,
    sessions,   ///< the keys of interceptions, and no default key
    tool_calls, ///< inside of tool(…)
};

enum class key : std::uint8_t {
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
    // of one tool call
    call_name,
    call_server_url,
    call_input,
    call_error,
    call_injected,
};

/// How the text behind a key's colon is read.
enum class operand_kind : std::uint8_t {
    patterns, ///< `a,b`; `*` is a wildcard where the value is not quoted
    words,    ///< `a,b`
    ordered,  ///< `>5`, `5..10`, `a,b`
    text,     ///< as it is
};

struct key_traits {
    std::string_view name; ///< lower case; of keys with a path it ends with a dot
    key id;
    operand_kind operand;
    bool held_once = false; ///< a row has it once, so that side by side its plain values are any of them
    bool has_path = false;
};

/// What `has:` asks for.
enum class presence : std::uint8_t { prompt, tool, error, thinking, session };

/// What `is:` asks for.
enum class state : std::uint8_t { inflight, completed, failed };

/// The key of that name for that subject, in any case (ASCII). A key with a path is found by its first part.
[[nodiscard]] key_traits const* find_key(subject of, std::string_view name);

/// Whether it can stand behind a key that has a path: names, with a dot between each two.
[[nodiscard]] bool is_path(std::string_view text);

[[nodiscard]] key_traits const& traits_of(key k);

/// The name of a key, in lower case.
[[nodiscard]] std::string_view name_of(key k);

/// What bare words are a value of. Empty where they are a fault.
[[nodiscard]] std::optional<key> default_key(subject of);

/// The nearest key within limits::suggestion_distance edits of characters (Levenshtein) in any case, or empty. Of a key
/// with a path the first part is compared, and the rest is kept.
[[nodiscard]] std::string suggest_key(subject of, std::string_view misspelt);

/// Likewise the nearest of some names.
[[nodiscard]] std::string_view nearest(std::span<std::string_view const> names, std::string_view misspelt);

/// In the order of their enums.
[[nodiscard]] std::span<std::string_view const> presence_names();
[[nodiscard]] std::span<std::string_view const> state_names();

/// A set of enumerators.
template <class Enum>
class enum_set {
  public:
    constexpr enum_set() = default;

    [[nodiscard]] static constexpr enum_set all() { return enum_set{~std::uint64_t{0}}; }

    [[nodiscard]] constexpr bool contains(Enum e) const { return (bits_ & bit(e)) != 0; }

    constexpr void erase(Enum e) { bits_ &= ~bit(e); }

  private:
    explicit constexpr enum_set(std::uint64_t bits) : bits_{bits} {}

    static constexpr std::uint64_t bit(Enum e) { return std::uint64_t{1} << static_cast<unsigned>(e); }

    std::uint64_t bits_ = 0;
};

/// What a database can answer; all else is "not recorded by this database".
struct recorded_set {
    enum_set<key> keys = enum_set<key>::all();
    enum_set<presence> presences = enum_set<presence>::all();
    enum_set<state> states = enum_set<state>::all();
};

} // namespace bridgewatch::grammar
