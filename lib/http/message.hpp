#pragma once

#include "lib/http/buffer_budget.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/container/static_vector.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
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
    std::string_view traceparent;                                       ///< the caller's, where it is valid, or empty
    steady_time deadline;                                               ///< of the whole request

    /// Value of the first header of that name (any case).
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// Which trace a request belongs to, in lower-case hexadecimal (W3C Trace Context).
struct trace_context {
    std::array<char, 32> trace_id{};
    std::array<char, 16> span_id{};   ///< the request's own
    std::array<char, 16> parent_id{}; ///< the caller's; NUL where it has none
    bool is_sampled = false;

    [[nodiscard]] bool has_parent() const { return parent_id.front() != '\0'; }
};

/// A part of a request's way, for traces.
struct stage {
    enum class kind { own, statement };

    std::string_view name; ///< with static storage
    steady_time begun, ended;
    kind of = kind::own;
    std::size_t rows = 0; ///< of a statement
    bool has_failed = false;
};

/// What a handler learns on its way and the access log wants to have.
struct request_notes {
    std::string_view route = "-";            ///< pattern with static storage, never the path: bounded cardinality
    std::optional<trace_context> trace = {}; ///< where requests are traced
    static constexpr std::size_t most_stages = 32;
    boost::container::static_vector<stage, most_stages> stages = {}; ///< kept only where the trace is sampled
    std::size_t stages_left_out = 0;                                 ///< past those
    std::chrono::microseconds pool_wait{0};
    std::chrono::microseconds database{0};
    std::string error;   ///< for the log only: stage, errc, SQLSTATE
    std::string retried; ///< for the log only: why a read was asked again, on another connection
    std::string caller;  ///< user id of the identity
    std::string query;   ///< `q`, written only with --log-queries

    [[nodiscard]] bool is_traced() const { return trace && trace->is_sampled; }

    /// Where it is traced.
    void add(stage const& one)
    {
        if (!is_traced())
            return;
        if (stages.size() == most_stages)
            ++stages_left_out;
        else
            stages.push_back(one);
    }
};

/// A body that is made while it is sent, so that it need not be in memory as a whole. Runs on the connection's loop.
class body_source {
  public:
    body_source() = default;
    body_source(body_source const&) = delete;
    body_source& operator=(body_source const&) = delete;
    virtual ~body_source() = default;

    /// Makes the next piece. Called again when it has been sent; a client that reads slowly is waited for in between,
    /// so nothing that others need may be held until then. Destroyed early where the client goes away.
    /// @param into empty; the piece is written there, and nothing at the end of the body
    /// @param deadline steady clock, for this piece
    /// @return false where the body cannot be finished: `notes.error` says why, and the client sees it end too early.
    /// Cancellation: terminal, as for a handler.
    [[nodiscard]] virtual boost::asio::awaitable<bool> next(std::string& into, steady_time deadline,
                                                            request_notes& notes) = 0;
};

struct response {
    int status = 200;
    std::string body;
    std::string_view content_type = "application/json; charset=utf-8";
    std::vector<std::pair<std::string_view, std::string>> headers; ///< besides those the server sets itself
    std::unique_ptr<body_source> source = {};                      ///< in place of the body
    std::optional<buffer_share> room = {};                         ///< what the body takes, where it was reserved
};

} // namespace bridgewatch::http
