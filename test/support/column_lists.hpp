#pragma once

#include "test/support/cluster.hpp"

#include <string>

namespace bridgewatch::test {

/// Whether publications of this server may name columns, as they do from PostgreSQL 15 on. One of whole tables has
/// secrets in it.
[[nodiscard]] inline bool has_column_lists(std::string const& conninfo)
{
    return cluster::value(conninfo, "SELECT current_setting('server_version_num')::int >= 150000") == "t";
}

} // namespace bridgewatch::test
