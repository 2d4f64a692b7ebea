#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace bridgewatch::pg {

/// What went wrong between us and PostgreSQL, as far as callers act differently on it.
enum class errc {
    pool_timeout = 1,  ///< no connection became free in time (overload)
    pool_full,         ///< the bound on waiters is reached (overload)
    pool_closed,       ///< the pool is shutting down
    database_down,     ///< no connection can be made; the diagnostics are those of the last attempt
    connection_lost,   ///< the connection died while it was ours
    statement_timeout, ///< SQLSTATE 57014: the server ended the statement at its limit
    stopped,           ///< 57014 before the limit: an administrator did; told apart by whoever knows the limit
    deadline,          ///< our own deadline passed; the statement is being cancelled
    cancelled,         ///< our caller went away; the statement is being cancelled
    skipped,           ///< an earlier statement of the same pipeline failed
    server_error,      ///< any other SQLSTATE
    protocol,          ///< libpq refused a call or a row is not shaped as expected: a defect of ours
};

/// SQLSTATEs that the code acts on (PostgreSQL, "Error Codes").
namespace sqlstate {
inline constexpr std::string_view query_canceled = "57014";
inline constexpr std::string_view admin_shutdown = "57P01";
inline constexpr std::string_view crash_shutdown = "57P02";
inline constexpr std::string_view lock_not_available = "55P03";
inline constexpr std::string_view insufficient_privilege = "42501";
inline constexpr std::string_view database_dropped = "57P04";
inline constexpr std::string_view serialization_failure = "40001";
inline constexpr std::string_view deadlock_detected = "40P01";
inline constexpr std::string_view undefined_column = "42703";
inline constexpr std::string_view undefined_table = "42P01";
inline constexpr std::string_view feature_not_supported = "0A000"; ///< "cached plan must not change result type"
inline constexpr std::string_view invalid_sql_statement_name = "26000";
} // namespace sqlstate

/// For the log only: the server's text may hold user input, host names and SQL.
struct diagnostics {
    std::string sqlstate;  ///< five characters, or empty where the server did not speak
    std::string message;   ///< one line, without a password
    bool is_fatal = false; ///< the server ended the connection with it
};

struct failure {
    errc code{};
    diagnostics diag;
};

template <class T>
using outcome = boost::system::result<T, failure>;

/// Whether a read ended for a reason that lies neither in the read nor in the data, so that another connection may
/// answer it: the connection was lost, a standby's conflict with recovery (40001; 40P01 where it was a deadlock with
/// it; 57P04 where the database was dropped), a session that was ended from outside, as a server that shuts down does
/// (57P01) or one that has lost a process (57P02), or a pooler that lost its server (08...). For reads in a read-only
/// transaction, which know no other serialization failure. Source: PostgreSQL, "Handling Query Conflicts";
/// src/backend/tcop/postgres.c (ProcessInterrupts, quickdie).
[[nodiscard]] bool may_work_elsewhere(failure const& of);

/// Lower-case word for logs and metrics: "pool_timeout", …
[[nodiscard]] std::string_view to_string(errc code);

/// boost::system::result asks for this; we never call value() on a failure.
[[noreturn]] void throw_exception_from_error(failure const& error, boost::source_location const& where);

} // namespace bridgewatch::pg
