#pragma once

#include "lib/http/server.hpp"

#include <chrono>
#include <string>

namespace bridgewatch::app {

/// Asks a running server's /readyz. @return 0 and "ready", or 1 and one line that says why not. Blocks up to `limit`.
[[nodiscard]] int ask_health(http::endpoint const& at, std::chrono::milliseconds limit, std::string& line);

} // namespace bridgewatch::app
