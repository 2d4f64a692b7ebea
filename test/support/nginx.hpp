#pragma once

#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {

/// nginx before servers under test: a plain process in a directory of its own, with keep-alive to its upstreams and
/// otherwise as it comes. Ends with this object.
class nginx {
  public:
    /// A file of deploy/ for the context `http`, as it is but for these places in it, each of which has to be there.
    struct site {
        std::filesystem::path file;
        std::string listen;                 ///< becomes a unix socket
        std::vector<std::string> addresses; ///< its upstreams
    };

    /// @param upstreams TCP addresses, one for each of the site's
    nginx(site const& from, std::vector<std::string> const& upstreams);

    /// @param upstreams TCP addresses. Throws std::runtime_error where it does not start.
    /// @param headers   further lines of its location: `proxy_set_header X-Forwarded-Proto https;`
    explicit nginx(std::vector<std::string> const& upstreams, std::string_view headers = {});
    nginx(nginx const&) = delete;
    nginx& operator=(nginx const&) = delete;
    ~nginx();

    /// A unix socket, for http_client.
    [[nodiscard]] std::string address() const;

    /// What it has to complain about.
    [[nodiscard]] std::string errors() const { return program_.errors(); }

  private:
    void wait_until_it_listens();

    scratch_directory directory_;
    process program_;
};

} // namespace bridgewatch::test
