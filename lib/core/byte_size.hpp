#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bridgewatch::core {

/// A number of bytes: a whole number, alone or with a unit, `65536`, `512KiB`, `64MiB` or `1GiB`. At most 1 TiB.
[[nodiscard]] std::optional<std::int64_t> parse_byte_size(std::string_view text);

} // namespace bridgewatch::core
