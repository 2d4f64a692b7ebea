#include "db/schema/migrator_lock.hpp"

#include <string_view>
#include <utility>

namespace bridgewatch::schema {
namespace {

/// "bridgewa" as a number: one lock for all migrators of a database, far from keys that others choose.
constexpr std::string_view lock_key = "7093848243014301537";

} // namespace

boost::system::result<migrator_lock, std::string> migrator_lock::take(pg::blocking_session& database)
{
    auto const locked = database.script("SET lock_timeout = '60s'; SELECT pg_advisory_lock(" + std::string{lock_key} +
                                        "); RESET lock_timeout");
    if (locked)
        return migrator_lock{database};
    constexpr std::string_view lock_not_available = "55P03";
    if (locked.error().diag.sqlstate == lock_not_available)
        return std::string{"another migration of this database is still running after a minute"};
    return locked.error().diag.message;
}

migrator_lock::migrator_lock(migrator_lock&& other) noexcept : database_{std::exchange(other.database_, nullptr)} {}

migrator_lock::~migrator_lock()
{
    // Where this fails the session is lost, and the lock with it.
    if (database_ != nullptr)
        (void)database_->script("SELECT pg_advisory_unlock(" + std::string{lock_key} + ")");
}

} // namespace bridgewatch::schema
