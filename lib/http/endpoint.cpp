#include "lib/http/address.hpp"
#include "lib/http/server.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bridgewatch::http {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return port;
}

} // namespace

std::optional<endpoint> parse_endpoint(std::string_view text)
{
    constexpr std::string_view unix_prefix = "unix:";
    if (text.starts_with(unix_prefix)) {
        text.remove_prefix(unix_prefix.size());
        if (text.empty() || text.find('\0') != std::string_view::npos)
            return std::nullopt;
        return endpoint{.host = {}, .port = 0, .unix_path = std::string{text}};
    }
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    auto host = text.substr(0, colon);
    auto const in_brackets = host.starts_with('[') && host.ends_with(']');
    if (in_brackets)
        host = host.substr(1, host.size() - 2);
    auto const port = parse_port(text.substr(colon + 1));
    // "::1:8080" could be read in two ways, so an IPv6 address is in brackets, and only that.
    if (!port || !parse_address(host) || in_brackets != (host.find(':') != std::string_view::npos))
        return std::nullopt;
    return endpoint{.host = std::string{host}, .port = *port, .unix_path = {}};
}

} // namespace bridgewatch::http
