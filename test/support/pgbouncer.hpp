#pragma once

#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::test {

/// PgBouncer in transaction mode before one database, set up by deploy/pgbouncer/configure.sh. As root it runs as user
/// postgres. Ends with this object. Make it from the main thread.
class pgbouncer {
  public:
    /// @param conninfo  of the database behind it, for the role that clients use
    /// @param pool_size connections to it
    /// Throws std::runtime_error where it does not start.
    pgbouncer(std::string const& conninfo, int pool_size);
    pgbouncer(pgbouncer const&) = delete;
    pgbouncer& operator=(pgbouncer const&) = delete;
    ~pgbouncer();

    /// Through it to the database.
    [[nodiscard]] std::string conninfo() const;

    [[nodiscard]] std::string log() const { return program_->errors(); }

    /// As when its machine goes down.
    void kill();

    void start();

  private:
    scratch_directory directory_;
    std::string database_, user_;
    std::vector<std::string> command_line_;
    std::optional<process> program_;
};

} // namespace bridgewatch::test
