#pragma once

#include "lib/observe/metrics.hpp"

#include <string>

namespace bridgewatch::app {

/// "0.1.0".
[[nodiscard]] std::string release();

/// "v0.1.0+abc1234": what buildinfo says.
[[nodiscard]] std::string version();

/// The same for the metrics.
[[nodiscard]] observe::build_facts build_facts();

/// The lines of --version: version, commit, compiler, Boost and libpq.
[[nodiscard]] std::string version_report();

} // namespace bridgewatch::app
