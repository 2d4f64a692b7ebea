#pragma once

#include "app/private_cluster.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::app {

inline constexpr std::string_view default_demo_directory = "var/demo";

struct demo_options {
    std::filesystem::path data_dir = default_demo_directory;
    std::uint64_t interceptions = 20'000;
};

struct demo_token {
    std::string role, username, token;
};

/// A demo that is ready to be served. Its server stops with it.
struct demo {
    std::unique_ptr<private_cluster> cluster;
    std::string connection;          ///< for serve
    std::vector<demo_token> tokens;  ///< owner, auditor, member
    std::uint64_t interceptions = 0; ///< how many the database holds
};

/// Everything of `bridgewatch demo` but serving: a private PostgreSQL under the data directory, migrated, seeded, and
/// a token for each role. What an earlier start has finished is reused, the tokens too; what it left half-done is
/// done again. Tells on stderr what takes long.
/// Where we are root, the default directory is asked for, and PostgreSQL's account cannot enter it (a checkout in
/// /root), /var/lib/bridgewatch-demo is taken instead, which stderr says.
/// Errors: one line. Blocks. Call it from the main thread: the kernel ends the server when the calling thread ends.
[[nodiscard]] boost::system::result<demo, std::string> prepare_demo(demo_options const& options);

/// What to tell the person at the terminal: the tokens, and `curl` lines that work as they are.
/// @param address where the demo is served: "127.0.0.1:8080" or "unix:/path"
/// @param is_tls  whether TCP addresses speak TLS
[[nodiscard]] std::string describe_demo(demo const& ready, std::string_view address, bool is_tls = false);

} // namespace bridgewatch::app
