#include "lib/api/openapi.hpp"

namespace bridgewatch::api {

std::string const& openapi_document()
{
    static std::string const text = R"({"openapi":"3.1.0"})";
    return text;
}

} // namespace bridgewatch::api
