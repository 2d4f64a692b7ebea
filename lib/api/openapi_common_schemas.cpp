#include "lib/api/openapi_schema.hpp"

#include <utility>

// What several bodies have in common, errors, and the bodies of answers about the process.
namespace bridgewatch::api::openapi {
namespace {

using enum presence;

object uuid()
{
    return {{"type", "string"},
            {"format", "uuid"},
            {"pattern", "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
            {"description", "In lower case."}};
}

object timestamp()
{
    return {{"type", "string"},
            {"format", "date-time"},
            {"pattern", R"(^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,5}[1-9])?Z$)"},
            {"description", "RFC 3339 in UTC, to the microsecond, without trailing zeros."}};
}

object build_info()
{
    return closed("As Coder has it.", {{"external_url", text()},
                                       {"version", object{{"type", "string"}, {"minLength", 1}}},
                                       {"dashboard_url", text()},
                                       {"telemetry", flag()},
                                       {"workspace_proxy", flag()},
                                       {"agent_api_version", text()},
                                       {"provisioner_api_version", text()},
                                       {"upgrade_message", text()},
                                       {"deployment_id", text()}});
}

object state(std::string_view about, std::string_view value)
{
    return closed(about, {{"status", object{{"type", "string"}, {"const", value}}}});
}

/// It grows with OpenAPI, and so stays open.
object document()
{
    return {{"type", "object"},
            {"description", "An OpenAPI document."},
            {"properties",
             {{"openapi", {{"type", "string"}, {"const", "3.1.0"}}},
              {"info", {{"type", "object"}}},
              {"paths", {{"type", "object"}}},
              {"components", {{"type", "object"}}}}},
            {"required", {"openapi", "info", "paths", "components"}}};
}

object validation()
{
    auto out = closed("What is wrong with one parameter, or at one place of `q`.",
                      {{"field", described(text(), "The parameter or the key.")},
                       {"detail", text()},
                       {"position", described(natural(), "Bytes of `q` before the place."), sometimes},
                       {"length", described(natural(), "Of the place, in bytes."), sometimes}});
    out.emplace("dependentRequired", object{{"position", {"length"}}, {"length", {"position"}}});
    return out;
}

object error()
{
    auto validations = list_of(ref("Validation"));
    validations.emplace("minItems", 1);
    object const some_text{{"type", "string"}, {"minLength", 1}};
    return closed("Why a request was not answered with what it asked for.",
                  {{"message", some_text}, {"detail", some_text, sometimes}, {"validations", validations, sometimes}});
}

} // namespace

object common_schemas()
{
    return {{"BuildInfo", build_info()},
            {"Document", document()},
            {"Error", error()},
            {"Liveness", state("It lives.", "live")},
            {"Metadata", {{"description", "What was recorded, as it is: any JSON; `{}` where there is nothing."}}},
            {"Metrics", described(text(), "Families of metrics, each with its help, type and samples.")},
            {"Readiness", state("It is ready.", "ready")},
            {"Timestamp", timestamp()},
            {"Uuid", uuid()},
            {"Validation", validation()},
            {"ValueList", described(list_of(text()), "Distinct values, ascending.")}};
}

} // namespace bridgewatch::api::openapi
