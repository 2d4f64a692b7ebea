#pragma once

#include <string>
#include <string_view>

namespace bridgewatch::api {

/// The description of the API as GET /openapi.json gives it: OpenAPI 3.1, a path for each route of the table.
/// @param version of the program
[[nodiscard]] std::string openapi_document(std::string_view version);

} // namespace bridgewatch::api
