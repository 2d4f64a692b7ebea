#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace bridgewatch::grammar {

/// Reads `30s`, `1.5h`, `1h30m`: numbers with the units w, d, h, m, s, ms in descending order, in any case. Fractions
/// down to a microsecond, at most limits::duration_micros in all. Empty on anything else.
[[nodiscard]] std::optional<std::chrono::microseconds> parse_duration(std::string_view text);

} // namespace bridgewatch::grammar
