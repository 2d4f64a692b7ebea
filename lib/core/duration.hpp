#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace bridgewatch::core {

/// A duration option: a whole number and a unit, `250ms`, `10s`, `5m` or `1h`; a bare `0` needs none. At most 24 hours.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

} // namespace bridgewatch::core
