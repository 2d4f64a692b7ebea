#pragma once

#include "db/schema/advisory_lock.hpp"

#include <string>
#include <string_view>

/// What making, filling and checking the acceleration share.
namespace bridgewatch::schema {

/// The quoted name of the schema in which the log's tables are, along the connection's search_path.
[[nodiscard]] boost::system::result<std::string, std::string> schema_of_log(pg::blocking_session& in);

/// Runs one script; an error leaves no transaction open. Error: one line.
[[nodiscard]] boost::system::result<void, std::string> run_script(pg::blocking_session& in, std::string const& sql);

/// SQL that tells whether all triggers are there and fire for every writer.
extern std::string_view const triggers_are_on;

/// The lock that keeps folds away. The transactions of whoever holds it see all that was folded before. Blocks for a
/// minute at most. Error: one line.
[[nodiscard]] boost::system::result<advisory_lock, std::string> take_fold_lock(pg::blocking_session& in,
                                                                               std::string_view schema);

/// Every `place` in the text becomes `value`.
[[nodiscard]] std::string replaced(std::string text, std::string_view place, std::string_view value);

} // namespace bridgewatch::schema
