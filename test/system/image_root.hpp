#pragma once

#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <boost/test/tree/test_unit.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::test {

/// What a container gets beside its image.
struct container_settings {
    std::vector<std::pair<std::filesystem::path, std::string>> mounts; ///< of this machine, read-only, and where
    std::vector<std::pair<std::string, std::string>> environment;      ///< all that there is
};

/// The root file system of our image, made by deploy/container/make-root.sh.
class image_root {
  public:
    /// Made on first use, once for a test program. Throws std::runtime_error with what the script says.
    [[nodiscard]] static image_root const& shared();

    [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "root"; }

    /// How a container of this image runs `command`, as far as that can be had without a container runtime: as account
    /// 65532, process 1, with a root that is read-only and no capability. Its network is this machine's.
    [[nodiscard]] std::vector<std::string> command_line(container_settings const& settings,
                                                        std::vector<std::string> const& command) const;

  private:
    image_root();

    scratch_directory directory_;
};

/// Likewise for a program of this machine, in the place of an image that has it.
[[nodiscard]] std::vector<std::string> confined_command_line(container_settings const& settings,
                                                             std::vector<std::string> const& command);

/// Gives a file to account 65532 to read, and to no other, as a Secret is with fsGroup. Where we are not root, the
/// account is ours.
void give_to_container(std::filesystem::path const& file);

/// The program that a command line above runs; 0 where it does not run (yet).
[[nodiscard]] pid_t program_in_container(process const& launcher);

/// A precondition: whether this machine lets us make namespaces; a container may not.
[[nodiscard]] boost::test_tools::assertion_result has_containers(boost::unit_test::test_unit_id);

} // namespace bridgewatch::test
