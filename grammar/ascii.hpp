#pragma once

#include <string>
#include <string_view>

/// Case of ASCII letters only: no locale, and bytes of UTF-8 pass through.
namespace bridgewatch::grammar::ascii {

[[nodiscard]] constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

[[nodiscard]] inline std::string lower(std::string_view text)
{
    std::string out{text};
    for (char& c : out)
        c = lower(c);
    return out;
}

[[nodiscard]] inline std::string upper(std::string_view text)
{
    std::string out{text};
    for (char& c : out)
        c = upper(c);
    return out;
}

[[nodiscard]] constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Equal but for case.
[[nodiscard]] constexpr bool same_word(std::string_view a, std::string_view b)
{
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

} // namespace bridgewatch::grammar::ascii
