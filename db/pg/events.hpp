#pragma once

#include "db/pg/error.hpp"

#include <chrono>
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

using event = std::variant<connected, connect_failed, connection_closed, cancel_sent, notice, database_back>;
using event_handler = std::function<void(event const&)>;

} // namespace bridgewatch::pg
