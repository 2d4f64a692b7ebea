#pragma once

#include "lib/http/server.hpp"
#include "lib/observe/log.hpp"

namespace bridgewatch::observe {

/// Writes the line of one request: level info, warn for a fault of ours (status 5xx). The target, headers and body
/// never get in, so no token does; `q` stands in it only with `log_queries` (--log-queries).
void write_access_line(logger& log, http::access_event const& what, bool log_queries);

} // namespace bridgewatch::observe
