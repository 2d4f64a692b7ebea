#pragma once

#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::test {

/// HAProxy before servers under test: a plain process with a file of deploy/. Ends with this object.
class haproxy {
  public:
    /// Places in the file, each of which has to be there, and what becomes of them.
    using changes = std::vector<std::pair<std::string, std::string>>;

    /// @param listen the file's address for clients; becomes a unix socket
    /// Throws std::runtime_error where it does not start.
    haproxy(std::filesystem::path const& file, std::string const& listen, changes const& more);
    haproxy(haproxy const&) = delete;
    haproxy& operator=(haproxy const&) = delete;
    ~haproxy();

    /// A unix socket, for http_client.
    [[nodiscard]] std::string address() const;

    /// Asks HAProxy itself whether the file is good: `haproxy -c`.
    [[nodiscard]] static finished check(std::filesystem::path const& file);

  private:
    scratch_directory directory_;
    process program_;
};

} // namespace bridgewatch::test
