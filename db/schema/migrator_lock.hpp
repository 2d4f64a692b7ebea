#pragma once

#include "db/schema/advisory_lock.hpp"

namespace bridgewatch::schema {

/// The lock that keeps two migrators of one database apart: a migration is several transactions. Blocks for a minute
/// at most. Error: one line.
[[nodiscard]] boost::system::result<advisory_lock, std::string> take_migrator_lock(pg::blocking_session& database);

} // namespace bridgewatch::schema
