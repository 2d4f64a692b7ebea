#pragma once

#include "db/pg/blocking.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::schema {

struct acceleration_report {
    std::vector<std::string> built; ///< names, in order
    std::vector<std::string> notes; ///< what could not be had, one line each; searches are slower without it
};

/// Tells that an index is about to be built: its name, its number from 1, and how many there are.
using build_observer = std::function<void(std::string_view name, std::size_t number, std::size_t of)>;

/// Adds the indexes of search_indexes.hpp to the tables that are there, whoever made them, and pg_trgm where the server
/// has it and the role may install it. Each is built CONCURRENTLY: writers go on. What an earlier run left unfinished
/// is built anew. Idempotent; an advisory lock keeps a second migrator waiting. Errors, one line each: a required
/// column is missing, the role does not own a table, what the server said. Blocks for as long as the builds take.
[[nodiscard]] boost::system::result<acceleration_report, std::string> accelerate(pg::blocking_session& database,
                                                                                 build_observer const& observer = {});

/// The SQL that accelerate() would run on this database, as one readable script for psql. Changes nothing. On a
/// database without tables: what it would run once migrate() has made them.
[[nodiscard]] boost::system::result<std::string, std::string> accelerate_dry_run(pg::blocking_session& database);

struct dropped_indexes {
    std::size_t indexes = 0;
    bool trigrams = false; ///< the extension too
};

/// Drops the indexes again, finished or not, each CONCURRENTLY where that can be, and pg_trgm where accelerate() has
/// installed it and nothing else needs it. @return what is gone. Error: one line.
[[nodiscard]] boost::system::result<dropped_indexes, std::string> drop_search_indexes(pg::blocking_session& database);

} // namespace bridgewatch::schema
