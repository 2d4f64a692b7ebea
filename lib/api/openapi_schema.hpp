#pragma once

#include "lib/api/openapi_parts.hpp"

#include <initializer_list>
#include <string_view>

/// How the schemas of bodies are written down.
namespace bridgewatch::api::openapi {

enum class presence { always, sometimes };

struct property {
    std::string_view name;
    object schema;
    presence when = presence::always;
};

/// An object that has these properties and no others.
[[nodiscard]] object closed(std::string_view about, std::initializer_list<property> properties);

[[nodiscard]] object described(object schema, std::string_view about);

/// Of `components/schemas`.
[[nodiscard]] object ref(std::string_view name);

[[nodiscard]] object text();
[[nodiscard]] object text_or_null();
[[nodiscard]] object flag();
[[nodiscard]] object integer(); ///< a bigint of the database
[[nodiscard]] object natural();
[[nodiscard]] object sum(); ///< may be larger than any column
[[nodiscard]] object list_of(object items);
[[nodiscard]] object time_or_null(std::string_view about);

inline constexpr std::string_view if_recorded = "Absent where the database does not record it.";
inline constexpr std::string_view if_ends_recorded = "Null where the database does not record ends.";

/// A list that is counted.
/// @param rows the property that holds it
/// @param of   the schema of a row
[[nodiscard]] object page(std::string_view about, std::string_view rows, std::string_view of);

} // namespace bridgewatch::api::openapi
