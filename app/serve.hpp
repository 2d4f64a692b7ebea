#pragma once

#include "app/serve_options.hpp"
#include "app/serving_loop.hpp"

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

/// Serves until SIGTERM or SIGINT, then drains. Blocks.
/// @param started is called once the listeners accept, with their addresses.
/// @return the exit status. Errors before serving are one line on stderr and status 1.
[[nodiscard]] int serve(serve_options const& options, open_listeners listeners, std::string const& database_url,
                        std::function<void(std::vector<std::string> const&)> const& started = {});

} // namespace bridgewatch::app
