#pragma once

#include "lib/api/routes.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

/// What the description of the API is put together from. Names are those of OpenAPI 3.1.
namespace bridgewatch::api::openapi {

using boost::json::object;

/// `{"$ref": "#/components/kind/name"}`
[[nodiscard]] object reference(std::string_view kind, std::string_view name);

/// For `components/schemas`.
[[nodiscard]] object common_schemas();
[[nodiscard]] object interception_schemas();
[[nodiscard]] object session_schemas();

/// Each is what stands under that name in `components`.
[[nodiscard]] object parameters();
[[nodiscard]] object responses();
[[nodiscard]] object headers();

/// The headers that every answer has.
[[nodiscard]] object headers_of_all();
[[nodiscard]] object security_schemes();

inline constexpr std::string_view log_tag = "Audit log", process_tag = "Process";

/// A status, and which of `responses()` describes it.
struct failure {
    std::string_view status, response;
};

/// What the document says about an endpoint, whatever the path. Strings name components.
struct description {
    std::string_view tag, summary, details;
    std::vector<std::string_view> parameters;         ///< the path's among them
    std::string_view schema;                          ///< of the body of a 200
    bool is_paged = false;                            ///< the answer may have a Link
    std::vector<failure> failures;                    ///< of GET; see `head_response`
    std::string_view media_type = "application/json"; ///< of the body of a 200
};

[[nodiscard]] description describe(endpoint to);

/// How a response is called where it has no body, since HEAD was asked.
[[nodiscard]] std::string head_response(std::string_view name);

} // namespace bridgewatch::api::openapi
