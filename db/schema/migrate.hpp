#pragma once

#include "db/pg/blocking.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::schema {

/// One numbered SQL file of db/migrations, embedded into the binary.
struct migration {
    int number;
    std::string_view name, sql;
};

/// All of them, ascending from 1 without gaps.
[[nodiscard]] std::span<migration const> migrations();

struct migration_report {
    int from = 0, to = 0;             ///< version before and after
    std::vector<std::string> applied; ///< names, in order
};

/// Creates or upgrades the full schema. Each migration is one transaction; an advisory lock keeps a second migrator
/// waiting (for a minute at most); versions are kept in table bridgewatch_schema.
/// Errors, one line each: the database is newer than this binary; tables exist that we did not make (a database that
/// upstream owns); what the server said. Blocks.
[[nodiscard]] boost::system::result<migration_report, std::string> migrate(pg::blocking_session& database);

/// Error where the database's schema is of a later version than this program knows. Good where it has none of ours.
[[nodiscard]] boost::system::result<void, std::string> refuse_later_schema(pg::blocking_session& database);

/// The SQL that migrate() would run on this database, as one readable script. Changes nothing.
[[nodiscard]] boost::system::result<std::string, std::string> dry_run(pg::blocking_session& database);

} // namespace bridgewatch::schema
