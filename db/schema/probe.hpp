#pragma once

#include "db/pg/batch.hpp"
#include "db/pg/rows.hpp"
#include "db/schema/shape.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace bridgewatch::pg {
class blocking_session;
}

namespace bridgewatch::schema {

/// The one statement that asks the catalogue which of our tables and columns the connection's search_path shows.
/// One row a column: table (text), column (text), and whether our role may SELECT it (boolean).
[[nodiscard]] pg::step probe_statement();

/// @return the shape, or one line that names every required table and column that is missing
///         ("missing in the database: api_keys.expires_at, users (table), …"); those that exist but that the role may
///         not read follow as "not readable by this role: …". An optional column that is not readable counts as absent,
///         but for api_keys.scope and scopes and aibridge_interceptions.ended_at, which decide who may read what.
[[nodiscard]] boost::system::result<shape, std::string> read_probe(pg::rows const& answer);

/// Asks and reads in one go, for commands that have no loop. Blocks. Errors: as read_probe, and what the server said.
[[nodiscard]] boost::system::result<shape, std::string> probe(pg::blocking_session& database);

} // namespace bridgewatch::schema
