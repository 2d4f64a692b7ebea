#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::pg {

/// Types of parameters, by the OIDs that PostgreSQL's catalogue has fixed (pg_type.dat).
enum class type : unsigned {
    boolean = 16,
    int8 = 20,
    text = 25,
    uuid = 2950,
    timestamptz = 1184,
    timestamptz_array = 1185,
    boolean_array = 1000,
    text_array = 1009,
    int8_array = 1016,
    uuid_array = 2951,
    jsonb_array = 3807
};

/// A bound parameter; empty is NULL.
struct parameter {
    type of{};
    std::optional<std::string> value;
    bool binary = false; ///< the value is in PostgreSQL's binary format, else in its text format
    friend bool operator==(parameter const&, parameter const&) = default;
};

/// What statements are about that stand around others: BEGIN, limits, COMMIT.
inline constexpr std::string_view housekeeping = "transaction";

/// One statement of a pipeline.
struct step {
    std::string sql;
    std::vector<parameter> parameters;
    bool prepare = true;      ///< keep it prepared on the connection (where the pool allows prepared statements)
    bool sync_after = false;  ///< end of an error scope: a failure skips only the steps up to here
    bool flush_after = false; ///< the server sends its answers up to here at once, not when its buffer is full
    std::string_view about = housekeeping; ///< what it asks for, in a word with static storage; for metrics and traces
};

/// Statements sent in one go. The last one is followed by a Sync whether it says so or not.
using batch = std::vector<step>;

} // namespace bridgewatch::pg
