#include "lib/api/routes.hpp"

#include "lib/api/query_parameters.hpp"

#include <algorithm>
#include <array>

namespace bridgewatch::api {
namespace {

constexpr std::array all_routes{
    route{"/api/v2/aibridge/interceptions", endpoint::interceptions},
    route{"/api/v2/ai-gateway/interceptions", endpoint::interceptions},
    route{"/api/v2/aibridge/interceptions/{id}", endpoint::interception},
    route{"/api/v2/ai-gateway/interceptions/{id}", endpoint::interception},
    route{"/api/v2/aibridge/sessions", endpoint::sessions},
    route{"/api/v2/ai-gateway/sessions", endpoint::sessions},
    route{"/api/v2/aibridge/sessions/{session_id}", endpoint::session},
    route{"/api/v2/ai-gateway/sessions/{session_id}", endpoint::session},
    route{"/api/v2/aibridge/models", endpoint::models},
    route{"/api/v2/ai-gateway/models", endpoint::models},
    route{"/api/v2/aibridge/clients", endpoint::clients},
    route{"/api/v2/ai-gateway/clients", endpoint::clients},
    route{"/api/v2/buildinfo", endpoint::buildinfo},
    route{"/openapi.json", endpoint::openapi},
    route{"/livez", endpoint::livez},
    route{"/readyz", endpoint::readyz},
    route{"/metrics", endpoint::metrics},
};

/// The path without what stands behind the n-th slash, and that.
std::pair<std::string_view, std::string_view> split_behind(std::string_view path, std::ptrdiff_t slashes)
{
    std::size_t at = 0;
    while (at < path.size() && (path[at] != '/' || --slashes > 0))
        ++at;
    if (at == path.size())
        return {path, {}};
    return {path.substr(0, at + 1), path.substr(at + 1)};
}

/// The parameter, where the path has the pattern's form; empty for a pattern without one.
/// @param plain the path decoded
std::optional<std::string> match(std::string_view pattern, std::string_view path, std::string_view plain)
{
    auto const brace = pattern.find('{');
    if (brace == std::string_view::npos)
        return plain == pattern ? std::optional{std::string{}} : std::nullopt;
    auto const fixed = pattern.substr(0, brace);
    if (!plain.starts_with(fixed))
        return {};
    // Split before it is decoded: an encoded slash belongs to the parameter.
    auto const [start, rest] = split_behind(path, std::ranges::count(fixed, '/'));
    if (rest.empty() || percent_decoded(start, false) != fixed)
        return {};
    return percent_decoded(rest, false);
}

} // namespace

std::span<route const> routes()
{
    return all_routes;
}

bool is_vital(std::string_view target)
{
    auto const found = find_route(split_target(target).first);
    return found && is_health(found->to.to);
}

std::optional<found_route> find_route(std::string_view path)
{
    if (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    auto const plain = percent_decoded(path, false);
    for (auto const& candidate : all_routes)
        if (auto parameter = match(candidate.pattern, path, plain))
            return found_route{.to = candidate, .parameter = *std::move(parameter)};
    return {};
}

} // namespace bridgewatch::api
