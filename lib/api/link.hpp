#pragma once

#include "lib/http/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::api {

/// Name and value of a parameter that a link sets; neither is encoded.
using link_parameter = std::pair<std::string_view, std::string>;

/// The value of a Link header that leads from this request to a related one:
/// `</api/v2/aibridge/sessions?limit=25&after_session_id=x%2F1>; rel="next"`.
/// @param rel   a relation's registered name, such as "next"; written as it is.
/// @param set   take the place of the caller's parameters of these names, and stand at the end.
/// @param drop  names of parameters that the caller may have sent and that the link must not have.
/// The rest of the target is the caller's: path, order and spelling of the parameters stay. What may not stand in a
/// URI is percent-encoded, `#` too, which counts as data here; a `%` stays as it was sent. Names are compared decoded.
/// Where the request's origin is known it comes first; else the link is relative, which a client resolves against the
/// URL that it has asked. Slashes at the start become one: `//name/path` would lead to another host.
/// `coder_session_token` is left out always: proxies write headers into their logs, and it is a secret. Who sends the
/// token as a parameter adds it to the link again.
/// Encoding may treble the length of what the caller has sent.
/// Source: RFC 8288, "Link Serialisation in HTTP Headers"; RFC 3986, "Path" and "Query".
[[nodiscard]] std::string link_to(http::request const& request, std::string_view rel,
                                  std::vector<link_parameter> const& set,
                                  std::vector<std::string_view> const& drop = {});

/// Adds a Link header to an answer, unless it would be longer than proxies take: nginx, as it comes, refuses a head of
/// more than 4 KiB, and an answer without a link is better than none.
void add_link(http::response& to, http::request const& request, std::string_view rel,
              std::vector<link_parameter> const& set, std::vector<std::string_view> const& drop = {});

/// The parameter of the page behind this one, for callers who page by offset. The offset stays in the range that is
/// accepted.
[[nodiscard]] std::vector<link_parameter> next_offset(std::int64_t offset, std::int64_t limit);

} // namespace bridgewatch::api
