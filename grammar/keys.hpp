#pragma once

#include "grammar/filter.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bridgewatch::grammar {

/// Which of the service's lists is searched. They differ in their default key and in a few keys.
enum class subject { interceptions };

enum class key : std::uint8_t { initiator, provider, provider_name, model, client, started_after, started_before };

/// The key of that name for that subject, in any case (ASCII).
[[nodiscard]] std::optional<key> find_key(subject of, std::string_view name);

/// The name of a key, in lower case.
[[nodiscard]] std::string_view name_of(key k);

/// The nearest key within limits::suggestion_distance edits (Levenshtein), or empty.
[[nodiscard]] std::string_view suggest_key(subject of, std::string_view misspelt);

/// A set of keys that a database can answer; a key outside of it is "not recorded by this database".
class key_set {
  public:
    constexpr key_set() = default;

    [[nodiscard]] static constexpr key_set all() { return key_set{~std::uint32_t{0}}; }

    [[nodiscard]] constexpr bool contains(key k) const { return (bits_ & bit(k)) != 0; }

    constexpr void erase(key k) { bits_ &= ~bit(k); }

  private:
    explicit constexpr key_set(std::uint32_t bits) : bits_{bits} {}

    static constexpr std::uint32_t bit(key k) { return std::uint32_t{1} << static_cast<unsigned>(k); }

    std::uint32_t bits_ = 0;
};

} // namespace bridgewatch::grammar
