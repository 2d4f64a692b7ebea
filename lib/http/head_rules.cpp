#include "lib/http/head_rules.hpp"

#include "lib/http/field_text.hpp"

#include <algorithm>

namespace bridgewatch::http {

namespace {

bool is_host(std::string_view value)
{
    return std::ranges::all_of(value, [](char byte) {
        return is_visible_ascii(byte) && std::string_view{"/?#@\\,\"<>^`{|}"}.find(byte) == std::string_view::npos;
    });
}

bool is_number(std::string_view value)
{
    return !value.empty() && std::ranges::all_of(value, [](char byte) { return '0' <= byte && byte <= '9'; });
}

/// The text after "http://" or "https://"; empty where the target has no such start.
std::string_view after_scheme(std::string_view target)
{
    for (std::string_view const scheme : {"http://", "https://"})
        if (same_token(target.substr(0, scheme.size()), scheme))
            return target.substr(scheme.size());
    return {};
}

/// "host:port" of an absolute form, else empty.
std::string_view authority_of(std::string_view target)
{
    auto const rest = after_scheme(target);
    return rest.substr(0, rest.find_first_of("/?#"));
}

} // namespace

std::optional<refusal> check_fields(request_head const& head)
{
    auto const authority = authority_of(head.target);
    auto hosts = 0;
    auto lengths = 0;
    auto encodings = 0;
    for (auto const& [name, value] : head.headers) {
        if (same_token(name, "Host")) {
            ++hosts;
            if (!is_host(value))
                return refusal{.detail = "The Host header is not a host."};
            // The target would win (RFC 9112, "absolute-form"); who looks at the other one has let through what it
            // would have stopped.
            if (!authority.empty() && !same_token(authority, value))
                return refusal{.detail = "The target and the Host header name different hosts."};
        } else if (same_token(name, "Content-Length")) {
            ++lengths;
            if (!is_number(value)) // Beast takes "5, 5"
                return refusal{.detail = "The Content-Length is not a number."};
        } else if (same_token(name, "Transfer-Encoding")) {
            ++encodings;
            if (!same_token(value, "chunked"))
                return refusal{.detail = "The only Transfer-Encoding that is understood is chunked."};
        }
    }
    if (hosts > 1 || (hosts == 0 && head.minor >= 1))
        return refusal{.detail = "There must be one Host header."};
    if (lengths > 1 || encodings > 1 || (lengths == 1 && encodings == 1))
        return refusal{.detail = "The length of the body must be said once."};
    if (encodings == 1 && head.minor == 0)
        return refusal{.detail = "HTTP/1.0 has no Transfer-Encoding."};
    return std::nullopt;
}

std::optional<std::string_view> origin_form(std::string_view method, std::string_view target, std::string& room)
{
    if (method == "CONNECT" || std::ranges::any_of(target, [](char byte) { return is_control(byte) || byte == ' '; }))
        return std::nullopt;
    if (target.starts_with('/'))
        return target;
    auto const authority = authority_of(target);
    if (authority.empty())
        return std::nullopt;
    auto const path = after_scheme(target).substr(authority.size());
    if (path.starts_with('/'))
        return path;
    room.assign("/").append(path);
    return room;
}

} // namespace bridgewatch::http
