#pragma once

#include <string_view>

/// How the text of header fields is compared and taken apart. ASCII only, whatever the locale is.
namespace bridgewatch::http {

/// Names of fields and most tokens: any case.
[[nodiscard]] bool same_token(std::string_view a, std::string_view b);

/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Whether the byte may stand in a method or a field name (RFC 9110, "Tokens").
[[nodiscard]] bool is_token_char(char byte);

/// A byte from 0x21 to 0x7e.
[[nodiscard]] constexpr bool is_visible_ascii(char byte)
{
    return '!' <= byte && byte <= '~';
}

/// A byte below 0x20, or DEL.
[[nodiscard]] constexpr bool is_control(char byte)
{
    return (0 <= byte && byte < ' ') || byte == '\x7f';
}

} // namespace bridgewatch::http
