#include "db/pg/error.hpp"

#include <stdexcept>

namespace bridgewatch::pg {

std::string_view to_string(errc code)
{
    switch (code) {
    case errc::pool_timeout:
        return "pool_timeout";
    case errc::pool_full:
        return "pool_full";
    case errc::pool_closed:
        return "pool_closed";
    case errc::database_down:
        return "database_down";
    case errc::connection_lost:
        return "connection_lost";
    case errc::statement_timeout:
        return "statement_timeout";
    case errc::stopped:
        return "stopped";
    case errc::deadline:
        return "deadline";
    case errc::cancelled:
        return "cancelled";
    case errc::skipped:
        return "skipped";
    case errc::server_error:
        return "server_error";
    case errc::protocol:
        return "protocol";
    }
    return "unknown";
}

bool may_work_elsewhere(failure const& of)
{
    if (of.code == errc::connection_lost)
        return true;
    auto const& state = of.diag.sqlstate;
    return state == sqlstate::serialization_failure || state == sqlstate::deadlock_detected ||
           state == sqlstate::admin_shutdown || state == sqlstate::crash_shutdown ||
           state == sqlstate::database_dropped || state.starts_with("08");
}

void throw_exception_from_error(failure const& error, boost::source_location const& where)
{
    throw std::logic_error{"value of a failed database call (" + std::string{to_string(error.code)} + ") taken at " +
                           where.file_name() + ':' + std::to_string(where.line())};
}

} // namespace bridgewatch::pg
