#pragma once

#include "lib/http/server.hpp"

#include <chrono>
#include <string>

namespace bridgewatch::app {

/// Asks a running server's /readyz.
/// @param by_tls  for a TCP address; who answers is not verified: the question is no secret, and the server our own
/// @return 0 and "ready", or 1 and one line that says why not. Blocks up to `limit`.
[[nodiscard]] int ask_health(http::endpoint const& at, bool by_tls, std::chrono::milliseconds limit, std::string& line);

} // namespace bridgewatch::app
