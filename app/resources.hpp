#pragma once

#include "app/serve_options.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace bridgewatch::app {

/// What this process may have.
struct resources {
    std::size_t descriptors = 0;
    std::optional<std::int64_t> memory; ///< bytes; nothing where there is no limit
};

/// Raises the limit of descriptors as far as it goes, and looks.
[[nodiscard]] resources take_resources();

/// What of the options fits into that, so that running out is a 503 and not a fault somewhere else.
struct fitted_bounds {
    std::size_t connections = 0;       ///< of the process; at most --max-connections
    std::size_t turned_away = 0;       ///< of each loop, at one time
    std::size_t admin_connections = 0; ///< of the process, on the ports for health; 0 where there are none
    std::int64_t buffered_bytes = 0;   ///< --max-buffered-bytes where it was given
};

/// @param pools of database connections that each loop has
[[nodiscard]] fitted_bounds fit(serve_options const& options, std::size_t pools, resources const& within);

} // namespace bridgewatch::app
