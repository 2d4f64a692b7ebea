#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace bridgewatch::http {

/// The value of a Request-Timeout field: seconds above 0, with a decimal fraction where wanted ("2", "0.25"). Rounded
/// up to a millisecond; what is longer than a day reads as a day. Empty on anything else.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_request_timeout(std::string_view text);

} // namespace bridgewatch::http
