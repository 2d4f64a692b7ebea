#pragma once

#include "lib/api/routes.hpp"
#include "test/support/http_client.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What servers answer, written down for test/openapi/validate.mjs.
namespace bridgewatch::test::openapi {

/// A route of the table, and a path that it takes.
struct target {
    api::route route;
    std::string path;
};

/// One for each route. Paths of sessions name `session_id`, those of interceptions `interception_id`.
[[nodiscard]] std::vector<target> targets();

inline constexpr std::string_view session_id = "a/b \"c\"";
inline constexpr std::string_view interception_id = "00000000-0000-4000-8000-0000000000a1";

[[nodiscard]] http_headers as_caller(std::string_view key);

class answer_log {
  public:
    /// @param route the pattern; empty where there is no such route
    void add(std::string_view method, std::string_view route, http_answer const& answer);

    /// Asks by GET and by HEAD. Each has to have that status: a test that means to see a 400 should.
    void ask(std::string const& address, target const& of, int status, std::string_view query = "",
             http_headers const& headers = as_caller("keyowner00"));

    /// Sends a GET and a HEAD line, and `rest` behind it, on a connection each.
    /// @param query behind the path
    void send(std::string const& address, target const& of, int status, std::string_view query, std::string_view rest);

    /// An object a line.
    [[nodiscard]] std::string const& lines() const { return lines_; }

  private:
    std::string lines_;
};

} // namespace bridgewatch::test::openapi
