#pragma once

#include "test/support/audit_log.hpp"
#include "test/support/load.hpp"
#include "test/support/served.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What tests of database faults share: clients that go on asking, what they saw, and whether the pool is whole again.
namespace bridgewatch::test {

/// What clients saw of a fault.
struct experience {
    std::map<std::string, std::size_t> seen; ///< answers by status, and whatever else happened by its name
    std::chrono::milliseconds longest{0};    ///< the slowest answer
    std::vector<std::string> failures;       ///< every answer that was not 200

    /// Nothing but 200.
    [[nodiscard]] bool is_flawless() const { return failures.empty(); }

    /// No status but 200 and these.
    [[nodiscard]] bool is_of(std::vector<std::string> const& statuses) const;
};

/// Eight clients, or so many times as many, that ask for pages with exact counts, pages without and sessions, while
/// something is done to the database. They have one key, which --max-requests-per-key has to allow. Ends with this
/// object.
class live_load {
  public:
    explicit live_load(served const& server, std::size_t eights = 1);

    /// Waits until so many more have been answered with 200, and what was under way when it was called is over. False
    /// at the limit.
    [[nodiscard]] bool goes_on(std::size_t answers = 50) const;

    /// Ends it, and prints what was seen under the name of the fault.
    /// @param back until the service answered again after the fault was over
    [[nodiscard]] experience end(std::string_view fault, std::chrono::milliseconds back = {});

  private:
    [[nodiscard]] std::size_t answered() const;
    [[nodiscard]] std::vector<std::size_t> asked() const;

    load pages_, uncounted_, sessions_;
};

/// How long until each of several new requests is answered with 200. waits::limit where they are not.
[[nodiscard]] std::chrono::milliseconds until_it_serves(served const& server);

/// Whether each connection of a pool of that size serves a request, all at a time, and nothing is left behind: the
/// service has one loop, and the database's pages can be held.
/// @param conninfo the superuser's way to the database
/// @param most     sessions that may be there; with several hosts there is a second pool. 0: as many as `size`
[[nodiscard]] bool pool_is_whole(served const& server, std::string const& conninfo, int size, int most = 0);

/// The database's main process, and those that serve the program.
[[nodiscard]] std::vector<pid_t> processes_of(audit_log const& log);

/// While this lives, they do nothing.
class stopped_processes {
  public:
    explicit stopped_processes(std::vector<pid_t> pids);
    stopped_processes(stopped_processes const&) = delete;
    stopped_processes& operator=(stopped_processes const&) = delete;
    ~stopped_processes();

  private:
    void send(int signal) const;

    std::vector<pid_t> pids_;
};

} // namespace bridgewatch::test
