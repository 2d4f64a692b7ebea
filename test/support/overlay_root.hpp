#pragma once

#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace bridgewatch::test {

/// This machine's root for whoever installs something: what is changed there is kept in memory, and gone with this
/// object, as is every process in it. Its network is the machine's, as are /dev, /sys and /tmp, to be read only; its
/// /run is empty: no systemd is seen. Needs root. Throws std::runtime_error where it cannot be made.
class overlay_root {
  public:
    overlay_root();

    /// Stands before a command's own words.
    [[nodiscard]] std::vector<std::string> launcher() const;

    [[nodiscard]] finished run_inside(std::vector<std::string> const& command) const;

    /// Every file that is not as on the machine: made, changed or taken away. Sorted, with the leading slash.
    [[nodiscard]] std::vector<std::string> changed_files() const;

  private:
    scratch_directory store_;
    process holder_; ///< keeps the namespaces
    std::string first_process_;
};

/// Whether we may make one: root may, unless a container keeps it from mounting.
[[nodiscard]] boost::test_tools::assertion_result has_overlays(boost::unit_test::test_unit_id);

} // namespace bridgewatch::test
