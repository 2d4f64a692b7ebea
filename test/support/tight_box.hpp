#pragma once

#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace bridgewatch::test {

/// Runs a program as a unit of systemd does, as far as that can be had without systemd: a root that is read-only, a
/// /tmp and /dev of its own, no capabilities, no way to get any, and the unit's system calls.
class tight_box {
  public:
    /// @param unit the text of its file, of which SystemCallFilter= counts
    explicit tight_box(std::string const& unit);

    /// Stands before a command's own words. @param readable what it may see below /tmp
    [[nodiscard]] std::vector<std::string> launcher(std::vector<std::filesystem::path> const& readable = {}) const;

    [[nodiscard]] finished run_inside(std::vector<std::string> const& command) const;

  private:
    scratch_directory directory_;
};

/// Whether this machine lets us make namespaces; a container may not.
[[nodiscard]] boost::test_tools::assertion_result has_namespaces(boost::unit_test::test_unit_id);

} // namespace bridgewatch::test
