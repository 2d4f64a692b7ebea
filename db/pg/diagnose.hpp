#pragma once

#include "db/pg/error.hpp"

#include <string>
#include <string_view>

struct pg_conn;
struct pg_result;

/// From what libpq says to our failures. Internal to this folder.
namespace bridgewatch::pg {

/// Runs of white space become one blank, so that a message is one line of the log.
[[nodiscard]] std::string one_line(std::string_view text);

/// `text` with every occurrence of `secret` replaced by `***`; unchanged where the secret is empty.
[[nodiscard]] std::string without(std::string text, std::string_view secret);

/// The connection's last error; no SQLSTATE, since libpq keeps none outside of results.
[[nodiscard]] diagnostics diagnostics_of(pg_conn const* connection);

/// SQLSTATE and primary message of a failed result; libpq's own text where the server did not speak.
[[nodiscard]] diagnostics diagnostics_of(pg_result const* result, pg_conn const* connection);

/// What a failed statement means to its caller.
[[nodiscard]] errc code_of(std::string_view sqlstate);

/// Whether an SQLSTATE says that the connection (08…, 57P…) or what we believe to have prepared on it cannot be
/// trusted any more; then a new connection is the cure.
[[nodiscard]] bool spoils_connection(std::string_view sqlstate);

} // namespace bridgewatch::pg
