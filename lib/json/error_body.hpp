#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bridgewatch::json {

/// One parameter, or one place of a query, that is at fault.
struct validation {
    std::string field;
    std::string detail;
    std::optional<std::uint32_t> position = std::nullopt; ///< bytes, 0-based, into the query as received
    std::optional<std::uint32_t> length = std::nullopt;   ///< in bytes
};

/// The body of every error: `message`, then `detail` and `validations` where they are not empty. Bytes that are not
/// UTF-8 are replaced, so a value that the caller sent may stand in any of the texts.
[[nodiscard]] std::string error_body(std::string_view message, std::string_view detail = {},
                                     std::span<validation const> validations = {});

} // namespace bridgewatch::json
