#pragma once

#include "db/pg/blocking.hpp"
#include "db/schema/acceleration_tables.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>

namespace bridgewatch::schema {

/// What a comparison of the acceleration with the log has found, all in one snapshot.
struct verification {
    acceleration_state state = acceleration_state::missing;
    std::uint64_t hours = 0, sums = 0, sessions = 0, session_counts = 0; ///< rows that are wrong, missing or too many
    std::uint64_t pending = 0;                                           ///< journal entries, which are no fault

    [[nodiscard]] std::uint64_t faults() const { return hours + sums + sessions + session_counts; }
};

/// Compares. Reads the whole log; changes nothing, and works on a replica. Blocks. Error: one line.
[[nodiscard]] boost::system::result<verification, std::string> verify_acceleration(pg::blocking_session& in);

/// Keeps readers from it until it is filled anew. Error: one line.
[[nodiscard]] boost::system::result<void, std::string> disprove_acceleration(pg::blocking_session& in);

} // namespace bridgewatch::schema
