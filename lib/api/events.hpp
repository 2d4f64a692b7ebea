#pragma once

#include "db/pg/error.hpp"
#include "db/pg/events.hpp"
#include "grammar/fault.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string_view>
#include <variant>

/// What happens to requests on their way and is worth counting; the metrics pick from it.
namespace bridgewatch::api {

/// A request for the log has shown who sends it, or has not.
struct authenticated {
    std::string_view outcome; ///< one of auth_outcome::all
};

/// Whether a key's record was in the cache.
struct key_looked_up {
    bool is_hit;
};

struct query_refused {
    std::span<grammar::fault const> faults;
};

/// A request has waited for a connection of the pool.
struct waited_for_connection {
    std::chrono::microseconds took;
    pg::failure const* refused; ///< null where it got one
};

struct asked_again {};

/// A statement took longer than --slow-query. Views and references live for the call.
struct slow_statement {
    pg::statement_ended const& what;
    std::string_view request_id, route;
};

using event =
    std::variant<authenticated, key_looked_up, query_refused, waited_for_connection, asked_again, slow_statement>;
using event_handler = std::function<void(event const&)>;

/// Why a token was not taken, in words for metrics.
namespace auth_outcome {
inline constexpr std::string_view ok = "ok";
inline constexpr std::string_view no_token = "no_token";
inline constexpr std::string_view malformed = "malformed";
inline constexpr std::string_view unknown = "unknown"; ///< no such key, or its user is gone
inline constexpr std::string_view wrong_secret = "wrong_secret";
inline constexpr std::string_view expired = "expired";
inline constexpr std::string_view inactive = "inactive"; ///< the user is suspended
inline constexpr std::string_view forbidden = "forbidden";
inline constexpr std::string_view too_many = "too_many";       ///< bad tokens, or requests at work
inline constexpr std::string_view unavailable = "unavailable"; ///< nobody could tell
inline constexpr std::string_view all[]{ok,      no_token, malformed, unknown,  wrong_secret,
                                        expired, inactive, forbidden, too_many, unavailable};
} // namespace auth_outcome

} // namespace bridgewatch::api
