#pragma once

#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <vector>

namespace bridgewatch::test::manifests {

/// A folder of deploy/kubernetes, rendered once for a test program.
class rendered_parts {
  public:
    /// @param folder "overlays/coder". A test fails where it cannot be rendered.
    [[nodiscard]] static rendered_parts const& of(std::string const& folder);

    [[nodiscard]] boost::json::value const& objects() const { return objects_; }

    /// The PodSpec of each Deployment and Job.
    [[nodiscard]] std::vector<boost::json::value> pods() const;

    /// What bridgewatch.conf says; names without dashes before them.
    [[nodiscard]] std::map<std::string, std::string> const& options() const { return options_; }

    /// Likewise, of one. Throws std::out_of_range where it says nothing.
    [[nodiscard]] std::string const& option(std::string const& name) const { return options_.at(name); }

  private:
    explicit rendered_parts(std::string const& folder);

    boost::json::value objects_;
    std::map<std::string, std::string> options_;
};

} // namespace bridgewatch::test::manifests
