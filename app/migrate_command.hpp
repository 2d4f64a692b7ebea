#pragma once

#include <string>

namespace bridgewatch::app {

struct migrate_options {
    std::string connection;      ///< libpq URI or DSN; empty: the libpq environment
    std::string schema = "full"; ///< full or accelerate
    bool dry_run = false;        ///< print the SQL instead of running it
};

/// `bridgewatch migrate`. Gives the exit status.
[[nodiscard]] int run_migrate(migrate_options const& options);

} // namespace bridgewatch::app
