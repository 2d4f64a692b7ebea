#include "db/pg/blocking.hpp"
#include "db/pg/diagnose.hpp"
#include "db/pg/send.hpp"

#include <libpq-fe.h>

#include <limits>

namespace bridgewatch::pg {
namespace {

constexpr std::chrono::seconds connect_limit{10};

struct clear_result {
    void operator()(pg_result* result) const { PQclear(result); }
};

using owned_result = std::unique_ptr<pg_result, clear_result>;

failure failure_of(owned_result const& result, pg_conn const* connection)
{
    auto diag = result ? diagnostics_of(result.get(), connection) : diagnostics_of(connection);
    auto const lost = PQstatus(connection) == CONNECTION_BAD;
    auto const code = lost ? errc::connection_lost : code_of(diag.sqlstate);
    return {.code = code, .diag = std::move(diag)};
}

bool succeeded(owned_result const& result)
{
    auto const status = PQresultStatus(result.get());
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

} // namespace

blocking_session::blocking_session(raw_connection connection) : connection_{std::move(connection)} {}

outcome<blocking_session> blocking_session::open(connection_options const& options)
{
    auto connection = connect_blocking(options, connect_limit);
    if (!connection)
        return connection.error();
    return blocking_session{std::move(*connection)};
}

outcome<rows> blocking_session::query(std::string const& sql, std::vector<parameter> const& parameters)
{
    bound_parameters const bound{parameters};
    if (!bound.sendable() || sql.find('\0') != std::string::npos)
        return failure{.code = errc::protocol, .diag = {.sqlstate = {}, .message = "a NUL byte in a statement"}};
    owned_result result{PQexecParams(native(), sql.c_str(), bound.count(), bound.types(), bound.values(),
                                     bound.lengths(), bound.formats(), binary_format)};
    if (!succeeded(result))
        return failure_of(result, native());
    return rows{result.release()};
}

outcome<void> blocking_session::script(std::string const& sql)
{
    owned_result const result{PQexec(native(), sql.c_str())};
    if (!succeeded(result))
        return failure_of(result, native());
    return {};
}

outcome<void> blocking_session::copy_begin(std::string const& sql)
{
    owned_result const result{PQexec(native(), sql.c_str())};
    if (PQresultStatus(result.get()) == PGRES_COPY_IN)
        return {};
    if (!succeeded(result))
        return failure_of(result, native());
    return failure{.code = errc::protocol, .diag = {.sqlstate = {}, .message = "not a COPY FROM STDIN"}};
}

outcome<void> blocking_session::copy_data(std::string_view lines)
{
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
    while (!lines.empty()) {
        auto const part = lines.substr(0, most);
        if (PQputCopyData(native(), part.data(), static_cast<int>(part.size())) != 1)
            return failure_of(owned_result{}, native());
        lines.remove_prefix(part.size());
    }
    return {};
}

outcome<void> blocking_session::copy_end()
{
    if (PQputCopyEnd(native(), nullptr) != 1)
        return failure_of(owned_result{}, native());
    // All results up to the NULL must be taken, or libpq refuses the next command.
    outcome<void> out;
    for (owned_result result{PQgetResult(native())}; result; result.reset(PQgetResult(native()))) {
        if (!succeeded(result) && out)
            out = failure_of(result, native());
    }
    return out;
}

} // namespace bridgewatch::pg
