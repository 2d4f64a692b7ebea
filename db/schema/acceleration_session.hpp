#pragma once

#include "db/pg/blocking.hpp"

#include <boost/system/result.hpp>

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

/// The advisory lock that keeps folds away, held while this lives, by the session. Its transactions see all that was
/// folded before.
class fold_lock {
  public:
    /// Waits for a minute. Error: one line.
    [[nodiscard]] static boost::system::result<fold_lock, std::string> take(pg::blocking_session& in,
                                                                            std::string_view schema);

    fold_lock(fold_lock&& other) noexcept;
    fold_lock(fold_lock const&) = delete;
    fold_lock& operator=(fold_lock const&) = delete;
    ~fold_lock();

  private:
    fold_lock(pg::blocking_session& in, std::string key) : in_{&in}, key_{std::move(key)} {}

    pg::blocking_session* in_;
    std::string key_;
};

} // namespace bridgewatch::schema
