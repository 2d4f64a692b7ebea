#pragma once

#include "db/pg/blocking.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace bridgewatch::app {

/// Connects for a command that blocks. Error: one line without a password.
/// @param connection libpq URI or DSN; empty: the libpq environment
[[nodiscard]] inline boost::system::result<pg::blocking_session, std::string>
open_database(std::string const& connection)
{
    auto const options = pg::connection_options::parse(connection);
    if (!options)
        return options.error();
    auto session = pg::blocking_session::open(*options);
    if (!session)
        return "cannot connect to " + options->describe() + ": " + session.error().diag.message;
    return std::move(*session);
}

} // namespace bridgewatch::app
