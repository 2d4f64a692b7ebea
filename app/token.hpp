#pragma once

#include "db/pg/blocking.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <string>

namespace bridgewatch::app {

struct token_request {
    std::string username;
    std::string role{}; ///< owner, auditor or member; empty: the user has to exist
    std::chrono::seconds lifetime = std::chrono::days{30};
};

/// Makes an API key and returns it, `ID-SECRET`; only the secret's SHA-256 is kept. With a role, a user who does not
/// exist is made; one who does must have that role, since a token is no way to give it.
/// Errors: one line, without the secret. Blocks.
[[nodiscard]] boost::system::result<std::string, std::string> make_token(pg::blocking_session& database,
                                                                         token_request const& request);

struct token_options {
    std::string connection; ///< libpq URI or DSN; empty: the libpq environment
    token_request request;
};

/// `bridgewatch token`: prints the token, once, on stdout. Gives the exit status.
[[nodiscard]] int run_token(token_options const& options);

} // namespace bridgewatch::app
