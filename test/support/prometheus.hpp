#pragma once

#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {

/// A real Prometheus on a port of its own, with the files of deploy/prometheus as they are but for their interval,
/// which is shorter, and their targets. Ends with this object. Throws std::runtime_error where it does not start.
class prometheus {
  public:
    /// @param targets addresses as served::address() has them
    explicit prometheus(std::vector<std::string> const& targets);

    /// `data` of what its API answers. Throws std::runtime_error with its words where that is an error.
    [[nodiscard]] boost::json::value ask(std::string const& target) const;

    /// All rules of all groups, in order. Source: Prometheus, "HTTP API", "Rules".
    [[nodiscard]] std::vector<boost::json::object> rules() const;

    /// The series that an expression has now, of type vector, scalar or matrix.
    [[nodiscard]] boost::json::array query(std::string_view expression) const;

    /// Names of the alerts that are pending or firing, once each.
    [[nodiscard]] std::vector<std::string> alerts() const;

  private:
    scratch_directory directory_;
    process program_;
    std::string address_;
};

} // namespace bridgewatch::test
