#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bridgewatch::api {

enum class endpoint {
    interceptions,
    interception,
    sessions,
    session,
    models,
    clients,
    buildinfo,
    openapi,
    livez,
    readyz,
    metrics,
};

/// Whether it is about the process and not the API: it is on the --admin-listen port where there is one.
[[nodiscard]] constexpr bool is_health(endpoint to)
{
    return to >= endpoint::livez;
}

/// Whether that target is answered also while everything else is refused for overload: it tells how the process does.
[[nodiscard]] bool is_vital(std::string_view target);

/// Whether it reads the audit log, and so wants a session token.
[[nodiscard]] constexpr bool reads_log(endpoint to)
{
    return to < endpoint::buildinfo;
}

struct route {
    /// Also the access log's name of the route. It may end with one `{parameter}`, which takes the rest of the path.
    std::string_view pattern;
    endpoint to;
};

/// All of them. Every route takes GET and HEAD.
[[nodiscard]] std::span<route const> routes();

struct found_route {
    route to;
    std::string parameter; ///< percent-decoded; empty where the route has none
};

/// The route of a path: percent-encoding is undone, one trailing slash is tolerated. A parameter is never empty and may
/// hold slashes, encoded or not: proxies decode them.
[[nodiscard]] std::optional<found_route> find_route(std::string_view path);

/// The `Allow` header of every route.
inline constexpr std::string_view allowed_methods = "GET, HEAD";

[[nodiscard]] constexpr bool is_allowed(std::string_view method)
{
    return method == "GET" || method == "HEAD";
}

} // namespace bridgewatch::api
