#include "db/store/session_positions.hpp"

namespace bridgewatch::store {

std::vector<sql::session_position> read_positions(pg::rows const& rows)
{
    using sql::session_key_column;
    std::vector<sql::session_position> out(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
        out[row] = {.last_active_at = rows.at(row, session_key_column::last_active_at).timestamp(),
                    .session_id = std::string{rows.at(row, session_key_column::session_id).bytes()},
                    .initiator_id = rows.at(row, session_key_column::initiator_id).id()};
    return out;
}

} // namespace bridgewatch::store
