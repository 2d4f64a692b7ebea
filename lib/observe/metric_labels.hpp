#pragma once

#include <string_view>

/// Values of labels, with static storage. Internal to this folder.
namespace bridgewatch::observe {

namespace label {
inline constexpr std::string_view get = "GET", head = "HEAD", other_method = "other";
inline constexpr std::string_view first = "first", other = "other"; ///< hosts
inline constexpr std::string_view ok = "ok", failed = "failed";
inline constexpr std::string_view outcomes[]{ok, failed};
inline constexpr std::string_view hit = "hit", miss = "miss";
inline constexpr std::string_view cache_results[]{hit, miss};
inline constexpr std::string_view prepared = "prepared", unprepared = "unprepared";
inline constexpr std::string_view accepted = "accepted";
inline constexpr std::string_view cancels[]{accepted, failed};
inline constexpr std::string_view endings[]{"ok", "client_gone", "write_failed", "timeout", "drain", "stream_failed"};
inline constexpr std::string_view troubles[]{"accept_failed",     "connections_full", "requests_full",
                                             "connection_failed", "drain_incomplete", "tls_handshake_failed"};
inline constexpr std::string_view refusals[]{"pool_timeout", "pool_full", "pool_closed", "database_down", "cancelled"};
} // namespace label

[[nodiscard]] constexpr std::string_view method_label(std::string_view method)
{
    return method == label::get ? label::get : method == label::head ? label::head : label::other_method;
}

/// "200" for 200; "other" where it is no status.
[[nodiscard]] std::string_view status_label(int status);

} // namespace bridgewatch::observe
