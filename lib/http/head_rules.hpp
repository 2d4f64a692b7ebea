#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What Beast lets through and must not get further. Plain functions on the parsed head.
namespace bridgewatch::http {

/// A request that the connection answers itself, and closes.
struct refusal {
    int status = 400;
    std::string_view detail; ///< static storage, for the caller
};

/// A list of fields that grew past it is given back between requests: many connections may wait.
inline constexpr std::size_t kept_fields = 128;

/// The first line and the fields of a request; views into the reader's bytes.
struct request_head {
    std::string_view method;
    std::string_view target; ///< as sent; origin form after the checks
    int minor = 1;           ///< of HTTP/1.x
    bool keep_alive = false; ///< the client's wish, by its version's rules
    std::vector<std::pair<std::string_view, std::string_view>> headers;
};

/// Checks Host, Content-Length and Transfer-Encoding, with the target as it was sent.
/// Source: RFC 9112, "Message Body Length" and "Request Target"; whoever reads a length in another way than the proxy
/// before it takes the rest of a body for the next request.
[[nodiscard]] std::optional<refusal> check_fields(request_head const& head);

/// The origin form (path and query) of a request's target; empty where there is none: `*`, CONNECT's authority form,
/// control bytes. `http://host/path` is reduced.
/// @param room  holds the text where no part of `target` will do (`http://host?query`).
[[nodiscard]] std::optional<std::string_view> origin_form(std::string_view method, std::string_view target,
                                                          std::string& room);

} // namespace bridgewatch::http
