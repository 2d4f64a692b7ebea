#pragma once

#include "db/pg/blocking.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace bridgewatch::schema {

/// The advisory lock that keeps two migrators of one database apart, held while this lives. It is the session's, since
/// a migration is several transactions: it needs a direct connection, not one through a pooler in transaction mode.
class migrator_lock {
  public:
    /// Waits for a minute. Blocks. Error: one line.
    [[nodiscard]] static boost::system::result<migrator_lock, std::string> take(pg::blocking_session& database);

    migrator_lock(migrator_lock&& other) noexcept;
    migrator_lock(migrator_lock const&) = delete;
    migrator_lock& operator=(migrator_lock const&) = delete;
    ~migrator_lock();

  private:
    explicit migrator_lock(pg::blocking_session& database) : database_{&database} {}

    pg::blocking_session* database_;
};

} // namespace bridgewatch::schema
