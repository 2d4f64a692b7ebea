#pragma once

#include <string>
#include <string_view>

namespace bridgewatch::json {

/// Appends `text` as a JSON string with its quotes. Any bytes give valid JSON: each byte that is no part of well-formed
/// UTF-8 becomes U+FFFD.
void append_string(std::string& out, std::string_view text);

} // namespace bridgewatch::json
