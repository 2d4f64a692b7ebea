#pragma once

#include <boost/test/tree/test_unit.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::test {

/// What stands between a server under test and the database that its test writes to, where BRIDGEWATCH_TEST_THROUGH
/// names it: "pgbouncer" (in transaction mode), "standby" (a streaming one), "logical" (a logical replica, with a
/// schema of its own). A commit at the database returns when the replica shows it, so that tests need not know of the
/// detour; they need cluster::shared(), and on a logical replica the newest schema. Make it from the main thread. Ends
/// with this object.
class detour {
  public:
    /// Null where the variable is not set: straight to the database. Throws std::runtime_error where it cannot be made.
    [[nodiscard]] static std::unique_ptr<detour> chosen(std::string const& conninfo);

    /// What cluster::shared() is started with, for the detour of this run.
    [[nodiscard]] static std::vector<std::pair<std::string, std::string>> parameters_of_primary();

    detour() = default;
    detour(detour const&) = delete;
    detour& operator=(detour const&) = delete;
    virtual ~detour() = default;

    /// For the server under test.
    [[nodiscard]] virtual std::string const& conninfo() const = 0;

    /// Whether a connection stays with one session of PostgreSQL, and so statements stay prepared.
    [[nodiscard]] virtual bool keeps_sessions() const { return true; }
};

/// A precondition for cases about what a database shows: a logical replica has a schema and grants of its own.
[[nodiscard]] boost::test_tools::assertion_result shows_its_own_schema(boost::unit_test::test_unit_id);

} // namespace bridgewatch::test
