#pragma once

#include <string>
#include <string_view>
#include <vector>

/// From values of the language to values of parameters. Pure.
namespace bridgewatch::sql {

/// A pattern of the language, in which `*` is any run of characters, as one of LIKE: its own metacharacters are escaped
/// (PostgreSQL, "LIKE": the escape character is a backslash).
[[nodiscard]] std::string like_pattern(std::string_view pattern);

/// What LIKE finds at the start of a text.
[[nodiscard]] std::string prefix_pattern(std::string_view prefix);

/// What LIKE finds anywhere in a text.
[[nodiscard]] std::string substring_pattern(std::string_view needle);

/// Whether a text matches a pattern of the language. Time: the product of both lengths at most.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

/// The JSON objects that hold one of the values at the path: as a string, and as the number or boolean that it reads
/// as. A jsonb contains (`@>`) one of them exactly where the value is at that path, through objects only.
[[nodiscard]] std::vector<std::string> containing_objects(std::vector<std::string> const& path,
                                                          std::vector<std::string> const& values);

} // namespace bridgewatch::sql
