#pragma once

#include <string>
#include <string_view>

namespace bridgewatch::grammar {

/// A piece of the user's text inside of a message: in double quotes, `"` and `\` escaped, and every character that
/// does not print as `\t`, `\x7f`, `\u202e`… Upstream's messages are made with Go's `%q`; this writes the same.
/// Source: Go, package strconv, "Quote" and "IsPrint". Code points that Unicode has not assigned are taken as
/// printable.
[[nodiscard]] std::string quoted(std::string_view text);

} // namespace bridgewatch::grammar
