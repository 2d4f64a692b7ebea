#pragma once

#include "app/private_cluster.hpp"
#include "test/support/scratch_directory.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::test {

using app::stop_mode;

/// A private PostgreSQL in a directory of its own under /tmp, gone with this object. It forgoes all that makes data
/// safe, which makes it quick. Faults are exceptions (std::runtime_error): a test has nothing to do about them.
/// Databases may be made by any thread; start and stop belong to the thread that made the cluster.
class cluster {
  public:
    using parameters = std::vector<std::pair<std::string, std::string>>;

    /// Made and started; for tests that stop their server, or need it otherwise.
    /// @param more parameters of the server, beside ours
    explicit cluster(parameters const& more = {});
    cluster(cluster const&) = delete;
    cluster& operator=(cluster const&) = delete;
    ~cluster();

    /// The one of this process, made on first use, by the main thread. Nobody stops it.
    [[nodiscard]] static cluster& shared();

    /// Makes an empty database, or a copy of a template (its name), and returns its connection string for the
    /// superuser. To connect as the reader, append as_reader: later keywords win.
    [[nodiscard]] std::string create_database(std::string_view template_name = {});

    /// Makes a database of that name and fills it, the first time; a template for create_database ever after.
    /// `fill` must have closed its connections when it returns.
    void create_template(std::string const& name, std::function<void(std::string const& conninfo)> const& fill);

    /// Lets the reader SELECT from all tables and views that the database has now.
    static void grant_reading(std::string const& conninfo);

    /// Runs statements, without an answer.
    static void execute(std::string const& conninfo, std::string const& sql);

    /// First column of the first row, as text; empty for no row and for NULL.
    [[nodiscard]] static std::string value(std::string const& conninfo, std::string const& sql);

    [[nodiscard]] std::string conninfo(std::string_view database, std::string_view user = superuser) const;

    /// The value of a keyword of a connection string; of several the last, as libpq takes it. Empty where there is
    /// none.
    [[nodiscard]] static std::string keyword(std::string const& conninfo, std::string_view which);

    void start();
    void stop(stop_mode mode);
    [[nodiscard]] bool is_running();

    static constexpr std::string_view superuser = app::private_cluster::superuser;
    /// May log in and nothing else, until granted; needs quoting in SQL.
    static constexpr std::string_view reader = "Bridge Reader";
    static constexpr std::string_view as_reader = " user='Bridge Reader'";

  private:
    scratch_directory directory_;
    std::unique_ptr<app::private_cluster> server_;
    std::atomic<unsigned> databases_ = 0;
    std::mutex templates_mutex_;
    std::set<std::string> templates_; ///< the filled ones
};

} // namespace bridgewatch::test
