#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace bridgewatch::http {

/// An IPv4 or IPv6 address, or the other end of a unix socket (which has none). An IPv4 address mapped into IPv6 is
/// kept as IPv4: a dual-stack listener shows it in either form.
struct address {
    enum class family : std::uint8_t { unix_socket, v4, v6 };
    family kind = family::unix_socket;
    std::array<std::uint8_t, 16> bytes{}; ///< network order; 4 of them for v4

    friend bool operator==(address const&, address const&) = default;
};

/// "10.0.0.1", "2001:db8::1", "unix:".
[[nodiscard]] std::string to_string(address const& from);

/// Reads an address without port, brackets or zone.
[[nodiscard]] std::optional<address> parse_address(std::string_view text);

/// As the kernel gives it; any family that is no internet one is a unix socket.
[[nodiscard]] address from_sockaddr(sockaddr const& native);

/// Addresses that share their first `bits` bits.
struct network {
    address base;
    unsigned bits = 0;
    [[nodiscard]] bool contains(address const& one) const;
};

/// "10.0.0.0/8", "2001:db8::/32", a single address, or "unix:" for all clients of unix sockets. Empty on anything else,
/// also on bits beyond the prefix ("10.0.0.1/8" is more often a typing error than a wish).
[[nodiscard]] std::optional<network> parse_network(std::string_view text);

/// Who really asks: X-Forwarded-For is read from the right for as long as the one who added the entry is trusted.
/// @param peer      the other end of the connection.
/// @param fields    the values of the X-Forwarded-For fields, in order.
/// @param trusted   whose entries count.
/// An entry that is no address (a name, "unknown") ends the walk at the proxy that sent it.
[[nodiscard]] address client_address(address const& peer, std::span<std::string_view const> fields,
                                     std::span<network const> trusted);

} // namespace bridgewatch::http
