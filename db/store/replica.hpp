#pragma once

#include "db/pg/pool.hpp"

#include <chrono>
#include <optional>

namespace bridgewatch::store {

/// Whether the database only follows another one, and how far behind it is.
struct replica_state {
    bool is_replica = false;
    std::optional<double> lag_seconds; ///< of a replica; 0 where it has replayed all that it has received
};

/// Source: PostgreSQL, "Recovery Information Functions". Errors: those of lease::run, statement_timeout, server_error.
[[nodiscard]] boost::asio::awaitable<pg::outcome<replica_state>>
read_replica_state(pg::lease& connection, std::chrono::milliseconds limit, pg::steady_time deadline);

} // namespace bridgewatch::store
