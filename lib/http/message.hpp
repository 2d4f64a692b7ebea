#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::http {

using steady_time = std::chrono::steady_clock::time_point;

/// A request as the handlers see it: no Beast types. Views are into the connection's buffer and live until the
/// handler has returned.
struct request {
    std::string_view method;                                            ///< as sent: methods are case-sensitive
    std::string_view target;                                            ///< as sent, origin form (path?query)
    std::vector<std::pair<std::string_view, std::string_view>> headers; ///< in order, names as sent
    std::string_view request_id;                                        ///< caller's or fresh, always set
    std::string_view remote;                                            ///< client address, after trusted proxies
    std::string_view origin;                                            ///< "https://host" by a trusted proxy, or empty
    steady_time deadline;                                               ///< of the whole request

    /// Value of the first header of that name (any case).
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// What a handler learns on its way and the access log wants to have.
struct request_notes {
    std::string_view route = "-"; ///< pattern with static storage, never the path: bounded cardinality
    std::chrono::microseconds pool_wait{0};
    std::chrono::microseconds database{0};
    std::string error;   ///< for the log only: stage, errc, SQLSTATE
    std::string retried; ///< for the log only: why a read was asked again, on another connection
    std::string caller;  ///< user id of the identity
    std::string query;   ///< `q`, written only with --log-queries
};

struct response {
    int status = 200;
    std::string body;
    std::string_view content_type = "application/json; charset=utf-8";
    std::vector<std::pair<std::string_view, std::string>> headers; ///< besides those the server sets itself
};

} // namespace bridgewatch::http
