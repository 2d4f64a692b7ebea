#pragma once

#include "app/serve_options.hpp"
#include "app/serving_loop.hpp"
#include "app/telemetry.hpp"

#include <functional>
#include <string>
#include <vector>

namespace bridgewatch::app {

/// Listening sockets for each loop. Opened before anything else is done, so that a port in use is known at once.
struct open_listeners {
    std::vector<std::string> addresses; ///< with real ports; the API's first
    std::vector<loop_listeners> loops;
};

/// Error: one line ("cannot listen on …").
[[nodiscard]] boost::system::result<open_listeners, std::string> open_all(serve_options const& options);

/// Reads what SIGHUP changes again. Error: one line for the log.
using live_options_reader = std::function<boost::system::result<live_options, usage_error>()>;

/// Serves until SIGTERM or SIGINT, then drains. Blocks.
/// @param started is called once the listeners accept, with their addresses.
/// @return the exit status. Errors before serving are one line on stderr and status 1.
[[nodiscard]] int serve(serve_options const& options, open_listeners listeners, std::string const& database_url,
                        live_options_reader const& reread,
                        std::function<void(std::vector<std::string> const&)> const& started = {});

} // namespace bridgewatch::app
