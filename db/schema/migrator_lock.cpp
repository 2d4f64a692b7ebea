#include "db/schema/migrator_lock.hpp"

namespace bridgewatch::schema {

boost::system::result<advisory_lock, std::string> take_migrator_lock(pg::blocking_session& database)
{
    // "bridgewa" as a number: one lock for all migrators of a database, far from keys that others choose.
    return advisory_lock::poll(database, "7093848243014301537",
                               "another migration of this database is still running after a minute");
}

} // namespace bridgewatch::schema
