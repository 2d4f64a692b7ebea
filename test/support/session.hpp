#pragma once

#include "db/pg/blocking.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace bridgewatch::test {

/// A connection through the program's own blocking layer. Throws std::runtime_error.
[[nodiscard]] inline pg::blocking_session open_session(std::string const& conninfo)
{
    auto const options = pg::connection_options::parse(conninfo);
    if (!options)
        throw std::runtime_error{options.error()};
    auto session = pg::blocking_session::open(*options);
    if (!session)
        throw std::runtime_error{session.error().diag.message};
    return std::move(*session);
}

} // namespace bridgewatch::test
