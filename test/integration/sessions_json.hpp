#pragma once

#include "test/integration/search_rows.hpp"
#include "test/integration/search_tree.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Answers as text, to the byte.
namespace bridgewatch::test::sessions {

using search::quoted;
[[nodiscard]] std::string quoted(grammar::uuid const& id);
[[nodiscard]] std::string quoted(grammar::sys_micro at);

/// `null` where empty.
template <class T>
[[nodiscard]] std::string quoted_or_null(std::optional<T> const& value)
{
    return value ? quoted(*value) : "null";
}

/// As jsonb is shown by PostgreSQL; `{}` where empty. Precondition: names in jsonb's order, numbers without exponent.
[[nodiscard]] std::string shown(std::optional<search::json> const& value);

[[nodiscard]] std::string array_of(std::vector<std::string> const& elements);

[[nodiscard]] std::string text_of(search::wide number);

/// Where two texts part, with what is around it.
[[nodiscard]] std::string difference(std::string_view expected, std::string_view got);

} // namespace bridgewatch::test::sessions
