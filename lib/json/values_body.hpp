#pragma once

#include <span>
#include <string>

namespace bridgewatch::json {

/// A JSON array of strings.
[[nodiscard]] std::string values_body(std::span<std::string const> values);

} // namespace bridgewatch::json
