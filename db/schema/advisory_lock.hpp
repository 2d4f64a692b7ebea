#pragma once

#include "db/pg/blocking.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace bridgewatch::schema {

/// An advisory lock of the session, held while this lives. It outlasts transactions, so it needs a direct connection,
/// not one through a pooler in transaction mode.
class advisory_lock {
  public:
    /// Waits for a minute, in the server's queue. Blocks. Error: `busy` where somebody else has it for that long, or
    /// what the server said.
    /// @param key  SQL for the arguments of pg_advisory_lock
    [[nodiscard]] static boost::system::result<advisory_lock, std::string> take(pg::blocking_session& in,
                                                                                std::string key, std::string busy);

    /// Likewise, but asks for it again and again. Whoever stands in the queue has a snapshot, and CREATE INDEX
    /// CONCURRENTLY waits for all of these: a holder that builds one and a waiter would deadlock.
    [[nodiscard]] static boost::system::result<advisory_lock, std::string> poll(pg::blocking_session& in,
                                                                                std::string key, std::string busy);

    advisory_lock(advisory_lock&& other) noexcept;
    advisory_lock(advisory_lock const&) = delete;
    advisory_lock& operator=(advisory_lock const&) = delete;
    ~advisory_lock();

  private:
    advisory_lock(pg::blocking_session& in, std::string key) : in_{&in}, key_{std::move(key)} {}

    pg::blocking_session* in_;
    std::string key_;
};

} // namespace bridgewatch::schema
