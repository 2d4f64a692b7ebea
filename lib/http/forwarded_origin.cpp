#include "lib/http/forwarded_origin.hpp"

#include "lib/http/field_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <ranges>

namespace bridgewatch::http {

namespace {

using header_list = std::span<std::pair<std::string_view, std::string_view> const>;

/// Longer than any name of the DNS.
constexpr std::size_t longest_host = 255;

/// The last entry of all fields of that name; empty where there is none.
std::string_view last_entry(header_list headers, std::string_view name)
{
    for (auto const& [its_name, value] : std::views::reverse(headers))
        if (same_token(its_name, name))
            return trimmed(value.substr(value.rfind(',') + 1)); // npos + 1 is 0
    return {};
}

/// "http", "https", or empty for anything else.
std::string_view known_scheme(std::string_view text)
{
    for (std::string_view const scheme : {"http", "https"})
        if (same_token(text, scheme))
            return scheme;
    return {};
}

bool is_name(std::string_view text)
{
    return !text.empty() && text.size() <= longest_host && std::ranges::all_of(text, [](char byte) {
        return ('0' <= byte && byte <= '9') || ('A' <= byte && byte <= 'Z') || ('a' <= byte && byte <= 'z') ||
               std::string_view{"-._"}.find(byte) != std::string_view::npos;
    });
}

/// The text between the brackets; parse_address takes IPv4 too, which has no place there.
bool is_v6_literal(std::string_view text)
{
    return text.find(':') != std::string_view::npos && parse_address(text).has_value();
}

bool is_port(std::string_view text)
{
    std::uint16_t number = 0;
    auto const* end = text.data() + text.size();
    auto const read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end && !text.starts_with('0');
}

bool is_host_and_port(std::string_view text)
{
    auto const bracketed = text.starts_with('[');
    auto const end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos)
        return false;
    auto const good = bracketed ? is_v6_literal(text.substr(1, end - 1)) : is_name(text.substr(0, end));
    auto const rest = text.substr(bracketed ? end + 1 : end);
    return good && (rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1))));
}

} // namespace

std::string forwarded_origin(address const& peer, header_list headers, std::span<network const> trusted)
{
    if (std::ranges::none_of(trusted, [&](network const& each) { return each.contains(peer); }))
        return {};
    auto const scheme = known_scheme(last_entry(headers, "X-Forwarded-Proto"));
    auto const host = last_entry(headers, "X-Forwarded-Host");
    if (scheme.empty() || !is_host_and_port(host))
        return {};
    return std::string{scheme}.append("://").append(host);
}

} // namespace bridgewatch::http
