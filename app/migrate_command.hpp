#pragma once

#include "db/pg/blocking.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace bridgewatch::app {

struct migrate_options {
    std::string connection;      ///< libpq URI or DSN; empty: the libpq environment
    std::string schema = "full"; ///< full or accelerate
    bool dry_run = false;        ///< print the SQL instead of running it
    bool drop = false;           ///< takes away what accelerate has made
};

/// What is said of old tables: then the log serves.
inline constexpr std::string_view lacks_columns =
    "aibridge_interceptions has no session_id or ended_at: no tables for sessions and counts";

/// `bridgewatch migrate`. Gives the exit status.
[[nodiscard]] int run_migrate(migrate_options const& options);

/// Makes the tables for sessions and counts where they are not, and fills them where they are not ready, with a
/// progress bar on stderr. Error: one line.
[[nodiscard]] boost::system::result<void, std::string> make_tables_ready(pg::blocking_session& database);

} // namespace bridgewatch::app
