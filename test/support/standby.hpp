#pragma once

#include "app/private_cluster.hpp"
#include "test/support/cluster.hpp"
#include "test/support/scratch_directory.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {

/// A streaming standby of a cluster, made by deploy/streaming-replica/create-standby.sh. Ends with this object.
class standby {
  public:
    /// @param options further ones of the script
    explicit standby(cluster const& primary, std::vector<std::string> const& options = {});
    standby(standby const&) = delete;
    standby& operator=(standby const&) = delete;
    ~standby();

    [[nodiscard]] std::string conninfo(std::string_view database, std::string_view user = cluster::superuser) const;

    /// Waits until it has applied all that the primary has written so far. False at the limit.
    [[nodiscard]] bool caught_up() const;

    void stop(stop_mode mode) { server_->stop(mode); }

    void start();

  private:
    cluster const& primary_;
    scratch_directory directory_;
    std::unique_ptr<app::private_cluster> server_;
};

} // namespace bridgewatch::test
