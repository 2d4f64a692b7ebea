#pragma once

#include "db/pg/error.hpp"
#include "grammar/fault.hpp"
#include "lib/http/message.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::api {

/// Why a request is not answered with what it asked for: what the caller gets, and what only the log gets.
struct api_error {
    int status = 500;
    std::string message;
    std::string detail;
    std::vector<grammar::fault> validations;
    std::chrono::seconds retry_after{0}; ///< 0: no such header
    std::string log;                     ///< stage, errc, SQLSTATE; never a value from the query
    std::string_view auth{};             ///< one of auth_outcome::all, where it is the token's fault
};

/// What we say for a failure of the database (contract: "Errors"): overload and a database that cannot be reached are
/// 503, a statement past its limit 504, all else 500. The server's own text goes to `log` alone.
[[nodiscard]] api_error database_error(std::string_view stage, pg::failure const& failure);

/// A statement that the server cancelled before its limit was stopped by an administrator, not by the limit: the
/// server's SQLSTATE is the same, and its words are in its own language.
/// @param took  from before the statement was sent
/// @param limit the statement's
[[nodiscard]] pg::failure tell_apart(pg::failure failure, std::chrono::steady_clock::duration took,
                                     std::chrono::milliseconds limit);

/// The same failure in one line for the log: stage, errc, SQLSTATE, the server's text.
[[nodiscard]] std::string describe(std::string_view stage, pg::failure const& failure);

/// 503: more is asked than can be answered soon.
[[nodiscard]] api_error overload(std::string log);

/// 429: this API key has as many requests at work as it may.
[[nodiscard]] api_error too_many_at_once();

/// 503: the process has as many bytes of answers in memory as it may.
[[nodiscard]] api_error no_room();

/// 503: not ready yet (`why` is safe to show).
[[nodiscard]] api_error unavailable(std::string why);

/// 429: the client's address has sent too many bad tokens.
[[nodiscard]] api_error too_many_attempts(std::chrono::seconds retry_after);

[[nodiscard]] api_error bad_request(std::string message, std::string detail);
[[nodiscard]] api_error bad_request(std::string message, std::vector<grammar::fault> validations);

/// The one place that turns errors into HTTP answers.
[[nodiscard]] http::response to_response(api_error const& error, std::string_view request_id);

/// Whether the failure says that the tables are not (any more) as the probe saw them.
[[nodiscard]] bool schema_changed(pg::failure const& failure);

} // namespace bridgewatch::api
