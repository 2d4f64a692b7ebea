#include "lib/api/routes.hpp"

#include "lib/api/query_parameters.hpp"

#include <array>

namespace bridgewatch::api {
namespace {

constexpr std::array routes{
    route{"/api/v2/aibridge/interceptions", endpoint::interceptions},
    route{"/api/v2/ai-gateway/interceptions", endpoint::interceptions},
    route{"/api/v2/buildinfo", endpoint::buildinfo},
    route{"/livez", endpoint::livez},
    route{"/readyz", endpoint::readyz},
};

} // namespace

std::optional<route> find_route(std::string_view path)
{
    auto const plain = percent_decoded(path, false);
    std::string_view wanted = plain;
    if (wanted.size() > 1 && wanted.ends_with('/'))
        wanted.remove_suffix(1);
    for (auto const& candidate : routes)
        if (candidate.pattern == wanted)
            return candidate;
    return {};
}

} // namespace bridgewatch::api
