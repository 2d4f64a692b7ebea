#pragma once

#include "test/support/http_client.hpp"

#include <string>

namespace bridgewatch::test::sessions {

/// What to ask for next: the target of the header `Link: <…>; rel="next"`, without the server's name. Empty where there
/// is none.
[[nodiscard]] inline std::string next_target(http_answer const& answer)
{
    auto const found = answer.headers.find("link");
    if (found == answer.headers.end())
        return {};
    auto const& link = found->second;
    auto const next = link.find(">; rel=\"next\"");
    if (next == std::string::npos)
        return {};
    auto const start = link.rfind('<', next) + 1;
    auto const path = link.find("/api/", start);
    return link.substr(path, next - path);
}

} // namespace bridgewatch::test::sessions
