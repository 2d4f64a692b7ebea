#include "lib/api/openapi_schema.hpp"

#include <boost/json/array.hpp>

#include <utility>

namespace bridgewatch::api::openapi {

using boost::json::array;

object closed(std::string_view about, std::initializer_list<property> properties)
{
    object listed;
    array required;
    for (auto const& each : properties) {
        listed.emplace(each.name, each.schema);
        if (each.when == presence::always)
            required.emplace_back(each.name);
    }
    return {{"type", "object"},
            {"description", about},
            {"properties", std::move(listed)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
}

object described(object schema, std::string_view about)
{
    schema.emplace("description", about);
    return schema;
}

object ref(std::string_view name)
{
    return reference("schemas", name);
}

object text()
{
    return {{"type", "string"}};
}

object text_or_null()
{
    return {{"type", {"string", "null"}}};
}

object flag()
{
    return {{"type", "boolean"}};
}

object integer()
{
    return {{"type", "integer"}, {"format", "int64"}};
}

object sum()
{
    return {{"type", "integer"}};
}

object natural()
{
    return {{"type", "integer"}, {"minimum", 0}};
}

object list_of(object items)
{
    return {{"type", "array"}, {"items", std::move(items)}};
}

object time_or_null(std::string_view about)
{
    return {{"anyOf", array{ref("Timestamp"), object{{"type", "null"}}}}, {"description", about}};
}

object page(std::string_view about, std::string_view rows, std::string_view of)
{
    object count{{"type", "integer"},
                 {"format", "int64"},
                 {"minimum", -1},
                 {"description", "All that match, whatever the page; -1 where they were not counted."}};
    object cap{{"type", "integer"},
               {"format", "int64"},
               {"minimum", 1},
               {"description", "Where counting stopped: a `count` as large means this many or more."}};
    return closed(
        about,
        {{"count", std::move(count)}, {"count_cap", std::move(cap), presence::sometimes}, {rows, list_of(ref(of))}});
}

} // namespace bridgewatch::api::openapi
