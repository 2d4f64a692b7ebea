#pragma once

#include <string_view>

namespace bridgewatch::http {

/// Whether the text is a traceparent that may be taken over.
/// Source: W3C Trace Context, "traceparent Header Field Values" and "Versioning of traceparent": version 00 has exactly
/// four fields, later ones may have more; version ff, ids of zeros and upper case are invalid.
[[nodiscard]] bool is_traceparent(std::string_view text);

} // namespace bridgewatch::http
