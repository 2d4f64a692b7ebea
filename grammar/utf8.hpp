#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::grammar::utf8 {

struct character {
    char32_t code = 0;
    std::size_t bytes = 0; ///< 1 to 4; 0: `text` is empty or does not start with well-formed UTF-8
};

/// The character that `text` starts with.
/// Source: Unicode Standard, "Well-Formed UTF-8 Byte Sequences": no overlong forms, no surrogates, at most U+10FFFF.
[[nodiscard]] character first(std::string_view text);

/// Offset of the first byte that is NUL or does not start a well-formed character; empty where all is well.
[[nodiscard]] std::optional<std::size_t> find_bad_byte(std::string_view text);

/// The characters of well-formed UTF-8.
[[nodiscard]] std::u32string characters(std::string_view text);

/// Well-formed UTF-8 with each character in lower case, as in Go's strings.ToLower. Without the locale C.UTF-8, which
/// glibc has built in since 2.35, ASCII only.
[[nodiscard]] std::string lower(std::string_view text);

/// How many characters well-formed UTF-8 holds.
[[nodiscard]] std::size_t length(std::string_view text);

} // namespace bridgewatch::grammar::utf8
