#pragma once

#include "app/child_process.hpp"
#include "app/descriptor.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::app {

struct cluster_settings {
    std::filesystem::path directory; ///< holds the data, the log, the lock and the socket; made where it is missing
    std::vector<std::string> initdb_arguments;                   ///< beside our own
    std::vector<std::pair<std::string, std::string>> parameters; ///< of the server, beside our own
    std::uint64_t needed_bytes = 0;                              ///< free space asked for before initdb; 0: not checked
    std::chrono::milliseconds start_limit{60'000};               ///< until the server answers, recovery included
};

enum class stop_mode {
    fast,      ///< SIGINT; SIGQUIT and SIGKILL where that takes too long
    immediate, ///< SIGQUIT: as after a crash, the next start recovers
    kill       ///< SIGKILL
};

/// A PostgreSQL of our own, made from the installed binaries: it listens on a unix socket only, in a directory that
/// only its owner may enter, and ends when we do, even by SIGKILL. Where we are root, it runs as user `postgres`.
/// Every error is one line for the person at the terminal. Blocks. Threads: one, which lives as long as the server
/// (the kernel ends the server when the thread that started it ends).
class private_cluster {
  public:
    explicit private_cluster(cluster_settings settings);
    private_cluster(private_cluster const&) = delete;
    private_cluster& operator=(private_cluster const&) = delete;
    ~private_cluster(); ///< stops it (fast)

    /// Makes the data where there is none, waits for or ends a server that a killed process left, starts ours, and
    /// returns when it answers. Again after stop().
    [[nodiscard]] boost::system::result<void, std::string> start();
    void stop(stop_mode mode = stop_mode::fast);
    [[nodiscard]] bool is_running();

    /// A libpq connection string for one of its databases.
    [[nodiscard]] std::string conninfo(std::string_view database, std::string_view user = superuser) const;

    [[nodiscard]] std::filesystem::path const& directory() const { return settings_.directory; }

    [[nodiscard]] std::filesystem::path log_file() const;

    static constexpr std::string_view superuser = "bridgewatch";

  private:
    [[nodiscard]] boost::system::result<void, std::string> prepare();
    [[nodiscard]] boost::system::result<void, std::string> take_lock();
    [[nodiscard]] boost::system::result<void, std::string> initialise();
    void end_left_over_server() const;
    [[nodiscard]] boost::system::result<void, std::string> launch();
    [[nodiscard]] bool wait_until_ready();
    [[nodiscard]] std::filesystem::path data() const;
    [[nodiscard]] std::filesystem::path socket_directory() const;

    cluster_settings settings_;
    std::filesystem::path binaries_;
    std::optional<account> run_as_;
    descriptor lock_; ///< holds the directory for us alone
    std::optional<child_process> server_;
};

} // namespace bridgewatch::app
