#pragma once

#include "db/pg/blocking.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <string>

/// The session table and the count rollup (db/schema/acceleration/*.sql): made, kept by triggers, dropped. All block,
/// and none stops writers: where a table has to be locked for a moment, that is tried for two seconds at a time.
namespace bridgewatch::schema {

enum class acceleration_state {
    missing,
    filling,   ///< or was interrupted in it
    ready,     ///< readers use it
    disproved, ///< it was found wrong, or its triggers were switched off for a while
};

/// What the database says of it. Errors: what the server said, one line.
[[nodiscard]] boost::system::result<acceleration_state, std::string> state_of_acceleration(pg::blocking_session& in);

/// Makes tables, functions and triggers where they are not, and has the functions of this version. Those of an older
/// version are dropped first: readers ask the log until they are filled. Roles that may read the interceptions may read
/// the tables. Idempotent. Precondition: the migrator's lock is held.
/// Errors, one line: the tables are of a later version, the role does not own the log's tables, a table stayed locked
/// for a minute, what the server said.
[[nodiscard]] boost::system::result<void, std::string> make_acceleration(pg::blocking_session& in);

/// Tells how many interceptions are in, and how many there will be, about.
using fill_observer = std::function<void(std::uint64_t done, std::uint64_t of)>;

/// Fills the tables from the log while writers go on, batch by batch, each a transaction: an interrupted fill goes on
/// where it was. What is ready stays as it is; what is disproved is filled anew. Precondition: make_acceleration.
/// @param batch  interceptions at a time, about
/// Errors, one line: a writer has held the lock for a minute, what the server said.
[[nodiscard]] boost::system::result<void, std::string>
fill_acceleration(pg::blocking_session& in, fill_observer const& observer = {}, std::uint64_t batch = 50'000);

/// Takes triggers, functions and tables away again, in an order in which no writer and no reader fails.
[[nodiscard]] boost::system::result<void, std::string> drop_acceleration(pg::blocking_session& in);

/// The SQL of make_acceleration, for psql.
[[nodiscard]] boost::system::result<std::string, std::string> acceleration_dry_run(pg::blocking_session& in);

} // namespace bridgewatch::schema
