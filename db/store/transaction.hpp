#pragma once

#include "db/pg/batch.hpp"
#include "db/pg/pool.hpp"
#include "db/sql/interceptions.hpp"

#include <chrono>
#include <optional>
#include <span>

/// Steps that every read shares.
namespace bridgewatch::store {

/// One snapshot for all that follows (PostgreSQL, "Repeatable Read Isolation Level").
[[nodiscard]] pg::step begin_snapshot();

/// COMMIT in an error scope of its own: after a failure it runs as ROLLBACK and leaves the connection idle.
[[nodiscard]] pg::step commit();

/// The limit of each statement that follows in this transaction, and how they are planned. set_config is SET LOCAL with
/// bound values, and gets through pgbouncer, which drops start-up options.
[[nodiscard]] pg::step limit_statements(std::chrono::milliseconds limit, sql::planning how = sql::planning::kept);

/// For what follows a kept_walk in its transaction.
[[nodiscard]] sql::statement allow_sorts();

/// The smaller of `limit` and what is left until the deadline, less a margin for the answer; zero where nothing is
/// left.
[[nodiscard]] std::chrono::milliseconds within(std::chrono::milliseconds limit, pg::steady_time deadline);

/// One statement under a limit, in an implicit transaction of its own.
/// Errors: those of lease::run, statement_timeout, server_error.
[[nodiscard]] boost::asio::awaitable<pg::outcome<pg::rows>>
ask(pg::lease& connection, sql::statement question, std::chrono::milliseconds limit, pg::steady_time deadline);

/// Ends the transaction in a round trip of its own.
[[nodiscard]] boost::asio::awaitable<pg::outcome<void>> end_snapshot(pg::lease& connection, pg::steady_time deadline);

/// The failure that explains a pipeline, not one that was only skipped.
[[nodiscard]] std::optional<pg::failure> first_failure(std::span<pg::outcome<pg::rows> const> outcomes);

} // namespace bridgewatch::store
