#pragma once

#include "test/integration/contract_server.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace bridgewatch::test {

/// Of one second, in a minute of 2026. Numbers are those of contract_database::id.
struct plain_interception {
    unsigned number;
    std::string session = {}; ///< of the client; none where empty
    unsigned second = 0;
    unsigned root = 0; ///< none where 0
    unsigned initiator = 3;
    bool ended = true;
};

[[nodiscard]] inline std::string insertion_of(std::vector<plain_interception> const& rows)
{
    using contract_database::id;
    std::string out;
    for (auto const& row : rows)
        out += fmt::format(
            "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client_session_id, thread_root_id, "
            "started_at, ended_at) SELECT '{}', '{}', 'openai', 'gpt-5', nullif($q${}$q$, ''), {}, t, {} FROM (SELECT "
            "timestamptz '2026-01-01Z' + {} * interval '1 s') AS at (t);",
            id(row.number), id(row.initiator), row.session, row.root == 0 ? "NULL" : "'" + id(row.root) + "'",
            row.ended ? "t + interval '1 s'" : "NULL", row.second);
    return out;
}

} // namespace bridgewatch::test
