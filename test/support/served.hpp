#pragma once

#include "test/support/http_client.hpp"
#include "test/support/process.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {

/// The real program serving a database on a port of its own. Ends with this object.
class served {
  public:
    /// @param options further options of `serve`; they may replace --listen and --threads
    /// @param launcher a command that runs the program, which is put behind it; its log is the program's
    explicit served(std::string const& conninfo, std::vector<std::string> const& options = {},
                    std::vector<std::string> const& launcher = {});
    ~served();
    served(served const&) = delete;
    served& operator=(served const&) = delete;

    /// Of the first listener, as http_client takes it.
    [[nodiscard]] std::string const& address() const { return address_; }

    [[nodiscard]] process& program() { return program_; }

    /// Waits until /readyz says 200. False at the limit.
    [[nodiscard]] bool ready() const;

    [[nodiscard]] std::string log() const { return program_.errors(); }

    /// The log's JSON lines that have this event.
    [[nodiscard]] std::vector<boost::json::object> log_lines(std::string_view event) const;

  private:
    process program_;
    std::string address_;
};

} // namespace bridgewatch::test
