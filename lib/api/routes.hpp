#pragma once

#include <optional>
#include <string_view>

namespace bridgewatch::api {

enum class endpoint { interceptions, buildinfo, livez, readyz };

/// Whether it is about the process and not the API.
[[nodiscard]] constexpr bool is_health(endpoint to)
{
    return to == endpoint::livez || to == endpoint::readyz;
}

struct route {
    std::string_view pattern; ///< also the access log's name of the route
    endpoint to;
};

/// The route of a path: percent-encoding is undone, one trailing slash is tolerated. Every route takes GET and HEAD.
[[nodiscard]] std::optional<route> find_route(std::string_view path);

/// The `Allow` header of every route.
inline constexpr std::string_view allowed_methods = "GET, HEAD";

[[nodiscard]] constexpr bool is_allowed(std::string_view method)
{
    return method == "GET" || method == "HEAD";
}

} // namespace bridgewatch::api
