#include "lib/http/address.hpp"

#include "lib/http/field_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ranges>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace bridgewatch::http {

namespace {

address unmapped(address from)
{
    constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (from.kind != address::family::v6 || !std::equal(prefix.begin(), prefix.end(), from.bytes.begin()))
        return from;
    address out{.kind = address::family::v4, .bytes = {}};
    std::copy(from.bytes.begin() + 12, from.bytes.end(), out.bytes.begin());
    return out;
}

unsigned width(address const& of)
{
    return of.kind == address::family::v4 ? 32 : of.kind == address::family::v6 ? 128 : 0;
}

bool same_prefix(address const& a, address const& b, unsigned bits)
{
    auto const whole = bits / 8;
    if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin()))
        return false;
    auto const rest = bits % 8;
    if (rest == 0)
        return true;
    auto const mask = 0xFFU << (8 - rest);
    return ((a.bytes.at(whole) ^ b.bytes.at(whole)) & mask) == 0;
}

bool has_bits_beyond(address const& base, unsigned bits)
{
    for (auto bit = bits; bit < width(base); ++bit)
        if ((base.bytes.at(bit / 8) >> (7 - bit % 8)) & 1U)
            return true;
    return false;
}

/// An entry of X-Forwarded-For: proxies also write "1.2.3.4:567", "[2001:db8::1]" and "[2001:db8::1]:567".
std::optional<address> parse_entry(std::string_view text)
{
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        return end == std::string_view::npos ? std::nullopt : parse_address(text.substr(1, end - 1));
    }
    if (std::ranges::count(text, ':') == 1)
        text = text.substr(0, text.find(':'));
    return parse_address(text);
}

bool any_contains(std::span<network const> networks, address const& one)
{
    return std::ranges::any_of(networks, [&](network const& each) { return each.contains(one); });
}

} // namespace

std::string to_string(address const& from)
{
    if (from.kind == address::family::unix_socket)
        return "unix:";
    std::array<char, INET6_ADDRSTRLEN> text{};
    auto const family = from.kind == address::family::v4 ? AF_INET : AF_INET6;
    inet_ntop(family, from.bytes.data(), text.data(), text.size());
    return text.data();
}

std::optional<address> parse_address(std::string_view text)
{
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    // A NUL would be an early end.
    if (text.empty() || text.size() >= terminated.size() || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    address out{.kind = address::family::v4, .bytes = {}};
    if (inet_pton(AF_INET, terminated.data(), out.bytes.data()) == 1)
        return out;
    out.kind = address::family::v6;
    if (inet_pton(AF_INET6, terminated.data(), out.bytes.data()) == 1)
        return unmapped(out);
    return std::nullopt;
}

address from_sockaddr(sockaddr const& native)
{
    address out;
    if (native.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &native, sizeof in);
        out.kind = address::family::v4;
        std::memcpy(out.bytes.data(), &in.sin_addr, sizeof in.sin_addr);
    } else if (native.sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &native, sizeof in);
        out.kind = address::family::v6;
        std::memcpy(out.bytes.data(), &in.sin6_addr, sizeof in.sin6_addr);
    }
    return unmapped(out);
}

bool network::contains(address const& one) const
{
    return one.kind == base.kind && same_prefix(one, base, bits);
}

std::optional<network> parse_network(std::string_view text)
{
    if (text == "unix:")
        return network{};
    auto const slash = text.find('/');
    auto const base = parse_address(text.substr(0, slash));
    if (!base)
        return std::nullopt;
    network out{.base = *base, .bits = width(*base)};
    if (slash == std::string_view::npos)
        return out;
    auto const digits = text.substr(slash + 1);
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || out.bits > width(*base))
        return std::nullopt;
    if (has_bits_beyond(out.base, out.bits))
        return std::nullopt;
    return out;
}

address client_address(address const& peer, std::span<std::string_view const> fields, std::span<network const> trusted)
{
    auto who = peer;
    for (auto const field : std::views::reverse(fields)) {
        for (auto rest = std::optional{field}; rest;) {
            if (!any_contains(trusted, who))
                return who;
            auto const comma = rest->rfind(',');
            auto const has_more = comma != std::string_view::npos;
            auto const entry = parse_entry(trimmed(has_more ? rest->substr(comma + 1) : *rest));
            if (!entry)
                return who;
            who = *entry;
            rest = has_more ? std::optional{rest->substr(0, comma)} : std::nullopt;
        }
    }
    return who;
}

} // namespace bridgewatch::http
