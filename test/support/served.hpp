#pragma once

#include "test/support/detour.hpp"
#include "test/support/http_client.hpp"
#include "test/support/process.hpp"
#include "test/support/waits.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::test {

/// What a program is started in.
struct surroundings {
    std::vector<std::string> launcher; ///< a program that becomes ours, with its arguments: "prlimit", "--nofile=64"
    std::vector<std::pair<std::string, std::string>> environment;
};

/// The real program serving a database on a port of its own, by the detour that this run takes. Ends with this object.
class served {
  public:
    /// @param options further options of `serve`; they may replace --listen and --threads. There are two threads, or as
    ///                many as BRIDGEWATCH_TEST_THREADS says.
    explicit served(std::string const& conninfo, std::vector<std::string> const& options = {},
                    surroundings const& in = {});
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

    /// The access line of a request that named itself, waited for: it is written after the answer. Throws
    /// std::runtime_error where there is none in time.
    [[nodiscard]] boost::json::object request_line(std::string_view request_id,
                                                   std::chrono::milliseconds limit = waits::limit) const;

  private:
    std::unique_ptr<detour> way_;
    process program_;
    std::string address_;
};

} // namespace bridgewatch::test
