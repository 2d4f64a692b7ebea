#pragma once

#include <string>
#include <string_view>

namespace bridgewatch::test {

/// The body that was coded so: "gzip", "zstd", or "" for none. Throws std::runtime_error where it is not whole, not
/// good, or has something behind its end.
[[nodiscard]] std::string decoded(std::string_view coding, std::string_view body);

} // namespace bridgewatch::test
