#pragma once

#include "test/support/scratch_directory.hpp"
#include "test/system/image_root.hpp"

#include <boost/json/value.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bridgewatch::test {

/// What Secrets of these names hold, by key.
using cluster_secrets = std::map<std::string, std::map<std::string, std::string>>;

/// The first container of a rendered pod, run on this machine with the files that its volumes give it, and no others.
class pod_box {
  public:
    /// @param objects all that was rendered, with the ConfigMaps among them
    /// @param pod     a PodSpec among them. Throws std::runtime_error where it mounts what there is not.
    pod_box(boost::json::value const& objects, boost::json::value const& pod, cluster_secrets const& secrets);

    /// A container of our image, with the pod's arguments. @param environment beside the pod's own
    [[nodiscard]] std::vector<std::string>
    of_image(std::vector<std::pair<std::string, std::string>> const& environment = {}) const;

    /// The same container with other arguments.
    [[nodiscard]] std::vector<std::string> of_image_with(std::vector<std::string> const& arguments) const;

    /// A container of another image, whose program this machine has, with the pod's command.
    [[nodiscard]] std::vector<std::string> of_another_image() const;

  private:
    void add_volume(boost::json::value const& objects, boost::json::value const& volume, std::string const& mount_path,
                    cluster_secrets const& secrets);

    scratch_directory directory_;
    container_settings settings_;
    std::vector<std::string> command_, arguments_;
};

} // namespace bridgewatch::test
