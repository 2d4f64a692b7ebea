#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::grammar {

/// 16 bytes in network order (RFC 4122), as PostgreSQL sends them in binary format.
struct uuid {
    std::array<std::uint8_t, 16> bytes{};

    [[nodiscard]] bool is_nil() const { return *this == uuid{}; }

    friend auto operator<=>(uuid const&, uuid const&) = default;
};

/// Reads a UUID of any case, with or without `urn:uuid:`, braces and hyphens (hyphens all or none, at
/// their places). Nothing else, no spaces. Empty on anything else.
[[nodiscard]] std::optional<uuid> parse_uuid(std::string_view text);

/// Lower case with hyphens, 36 characters.
[[nodiscard]] std::string to_string(uuid const& id);

/// As to_string, written to `out`, which has room for 36 characters.
void write_uuid(std::array<std::uint8_t, 16> const& bytes, char* out);

} // namespace bridgewatch::grammar
