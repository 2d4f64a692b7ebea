#pragma once

#include "lib/http/address.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace bridgewatch::http {

/// The origin ("https://audit.example:8443") under which the client reached us, as the trusted proxy next to us tells
/// it by X-Forwarded-Proto and X-Forwarded-Host.
/// @param peer     the other end of the connection.
/// @param headers  all fields of the request, in order.
/// @param trusted  whose fields count.
/// @return scheme in lower case and host as sent; empty where the peer is not trusted, where one of the two is missing
///         or is not what it should be. The field Host does not stand in: behind a proxy it often is an internal name.
/// Of several values, in a list or in repeated fields, the last one counts, even when it is bad: it alone comes from
/// the proxy that we trust, whatever stands before it may be the client's invention.
/// Source: RFC 3986, "Host" (names without escapes, IPv6 literals without zone) and "Port" (1 to 65535).
[[nodiscard]] std::string forwarded_origin(address const& peer,
                                           std::span<std::pair<std::string_view, std::string_view> const> headers,
                                           std::span<network const> trusted);

} // namespace bridgewatch::http
