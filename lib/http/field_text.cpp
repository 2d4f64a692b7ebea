#include "lib/http/field_text.hpp"

#include <algorithm>

namespace bridgewatch::http {

namespace {

char lower(char byte)
{
    return 'A' <= byte && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

} // namespace

bool same_token(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char left, char right) { return lower(left) == lower(right); });
}

std::string_view trimmed(std::string_view text)
{
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_token_char(char byte)
{
    return is_visible_ascii(byte) && std::string_view{"\"(),/:;<=>?@[\\]{}"}.find(byte) == std::string_view::npos;
}

} // namespace bridgewatch::http
