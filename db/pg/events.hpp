#pragma once

#include "db/pg/batch.hpp"
#include "db/pg/error.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <variant>

/// Everything that can happen in the pool and is worth telling; the log and the metrics each pick from it.
namespace bridgewatch::pg {

struct connected {
    std::chrono::microseconds took;
};

struct connect_failed {
    diagnostics diag;
    std::chrono::milliseconds next_try;
};

struct connection_closed {
    diagnostics why; ///< empty message: on our own wish
};

struct cancel_sent {
    bool accepted; ///< PQcancel's answer
    std::chrono::microseconds took;
};

struct notice {
    std::string severity, sqlstate, message;
};

struct database_back {}; ///< the first connect that works after one that failed

/// What became of one statement that was sent. Its pointers live for the call. The server sends answers when it has
/// some 8 KiB of them or meets a Sync, so one that took long may be told with those before it (lease::time_each mends
/// that).
struct statement_ended {
    enum class plan { kept, prepared, unprepared }; ///< prepared before; for this; not at all

    step const* what;         ///< in its pipeline
    std::size_t together = 0; ///< how many behind it were answered within a millisecond: any may be what took long
    std::chrono::steady_clock::time_point begun; ///< when it was sent, or the one before it in the pipeline answered
    std::chrono::steady_clock::time_point ended;
    std::size_t rows = 0;
    plan by = plan::unprepared;
    failure const* failed = nullptr; ///< null where it was answered
};

using event =
    std::variant<connected, connect_failed, connection_closed, cancel_sent, notice, database_back, statement_ended>;
using event_handler = std::function<void(event const&)>;
using statement_handler = std::function<void(statement_ended const&)>;

} // namespace bridgewatch::pg
