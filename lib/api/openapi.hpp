#pragma once

#include <string>

namespace bridgewatch::api {

/// The description of the API as GET /openapi.json gives it: OpenAPI 3.1, made once from the table of routes.
[[nodiscard]] std::string const& openapi_document();

} // namespace bridgewatch::api
