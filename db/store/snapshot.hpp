#pragma once

#include "db/pg/pool.hpp"
#include "db/sql/interceptions.hpp"
#include "db/sql/statement.hpp"

#include <chrono>
#include <vector>

namespace bridgewatch::store {

/// A read that takes several round trips, in one read-only transaction, which its first statements begin. Its end is
/// asked for by whoever knows which round trip is the last: by counting, or by end_snapshot.
class snapshot {
  public:
    /// @param limit of each statement; what is left until the deadline shrinks it
    /// @param begun whether the connection is in a transaction already
    snapshot(pg::lease& connection, std::chrono::milliseconds limit, pg::steady_time deadline, bool begun = false);

    /// Runs statements in one pipeline. @return their outcomes, all of them good.
    /// Errors: those of lease::run, and that of the first statement that failed.
    [[nodiscard]] boost::asio::awaitable<pg::outcome<pg::step_outcomes>> run(std::vector<sql::statement> statements,
                                                                             sql::planning plan);

    /// Likewise with one statement. @return its rows.
    [[nodiscard]] boost::asio::awaitable<pg::outcome<pg::rows>> run(sql::statement one, sql::planning plan);

  private:
    pg::lease& connection_;
    std::chrono::milliseconds limit_;
    pg::steady_time deadline_;
    bool begun_;
};

} // namespace bridgewatch::store
