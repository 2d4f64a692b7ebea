#pragma once

#include <string>
#include <string_view>

/// What the search language does with texts, written anew.
namespace bridgewatch::test::search {

/// ASCII alone, as PostgreSQL folds in the C locale.
[[nodiscard]] std::string folded(std::string_view text);

/// Case-insensitive substring.
[[nodiscard]] bool holds_folded(std::string_view text, std::string_view needle);

/// The pattern's `*` are any runs of characters; all of the text is covered.
[[nodiscard]] bool fits(std::string_view pattern, std::string_view text);

/// Both are JSON numbers, of the same value however they are written. All digits count.
[[nodiscard]] bool is_same_number(std::string_view a, std::string_view b);

} // namespace bridgewatch::test::search
