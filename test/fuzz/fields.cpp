// Any bytes as header fields, one a line: what a proxy or a client says of itself is either what it should be, or
// counts as nothing.

#include "lib/http/accept_encoding.hpp"
#include "lib/http/address.hpp"
#include "lib/http/field_text.hpp"
#include "lib/http/forwarded_origin.hpp"
#include "lib/http/request_id.hpp"
#include "lib/http/response_head.hpp"
#include "lib/http/traceparent.hpp"
#include "test/fuzz/require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace bridgewatch::http;
using bridgewatch::fuzz::require;
using header_list = std::vector<std::pair<std::string_view, std::string_view>>;

/// "name: value" in each line; a line without a colon is a value of X-Forwarded-For.
header_list fields_of(std::string_view bytes)
{
    header_list out;
    while (!bytes.empty()) {
        auto const line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
        auto const colon = line.find(':');
        if (colon == std::string_view::npos)
            out.emplace_back("X-Forwarded-For", trimmed(line));
        else
            out.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    return out;
}

void require_field_text(std::string_view value)
{
    require(trimmed(trimmed(value)) == trimmed(value), "what is trimmed stays so");
    require(same_token(value, value), "a token is itself");
    std::string upper{value};
    for (auto& c : upper)
        c = 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    require(same_token(upper, value) && same_token(value, upper), "case does not tell tokens apart");
}

void require_addresses(std::string_view value)
{
    if (auto const one = parse_address(value)) {
        require(parse_address(to_string(*one)) == one, "an address reads back the same");
        require(one->kind != address::family::unix_socket, "no text is a unix socket's address");
    }
    if (auto const net = parse_network(value))
        require(net->contains(net->base), "a network has its base");
}

void require_client(header_list const& headers)
{
    std::vector<std::string_view> entries;
    for (auto const& [name, value] : headers)
        if (same_token(name, "X-Forwarded-For"))
            entries.push_back(value);
    address const peer{.kind = address::family::v4, .bytes = {10, 0, 0, 1}};
    network const ours{.base = {.kind = address::family::v4, .bytes = {10}}, .bits = 8};
    require(client_address(peer, entries, {}) == peer, "nobody is believed unless he is trusted");
    auto const client = client_address(peer, entries, {&ours, 1});
    require(!ours.contains(client) || client == peer || !entries.empty(), "an address comes from somewhere");
    require(forwarded_origin(peer, headers, {}).empty(), "nor is his origin");
    auto const origin = forwarded_origin(peer, headers, {&ours, 1});
    require(origin.empty() || origin.starts_with("http://") || origin.starts_with("https://"), "an origin is HTTP's");
    require(std::ranges::all_of(origin, [](char c) { return is_visible_ascii(c) && c != '<' && c != '>' && c != '"'; }),
            "an origin may stand in a link");
    require(origin.find('/', origin.find("//") + 2) == std::string::npos, "an origin has no path");
}

void require_ids(std::string_view value)
{
    static request_id_source fresh{1};
    auto const chosen = fresh.choose(value);
    require(is_request_id(chosen), "an id that is sent back may be sent");
    require(!is_request_id(value) || chosen == value, "a good one is the client's own");
    require(!is_traceparent(value) || (value.size() >= 55 && is_request_id(value.substr(0, 55))),
            "a traceparent is text that the log can have");
}

/// The answer's head has the lines that it should have, whatever stands in its values.
void require_head(std::string_view value)
{
    response what;
    what.headers.emplace_back("Link", std::string{value});
    std::string head;
    write_head(head, what, {.date = "now", .request_id = value, .content_length = value.size()});
    require(head.ends_with("\r\n\r\n"), "a head ends");
    require(head.find("\r\n\r\n") == head.size() - 4, "once");
    require(std::ranges::count(head, '\n') == 9 && std::ranges::count(head, '\r') == 9, "no value starts a line");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    auto const headers = fields_of({reinterpret_cast<char const*>(data), size});
    for (auto const& [name, value] : headers) {
        require_field_text(value);
        require_addresses(value);
        require_ids(value);
        require_head(value);
    }
    require_client(headers);
    auto const coding = choose_coding(headers);
    require(coding.coding != content_coding::identity || !coding.identity_refused,
            "who refuses identity gets a coding, or nothing is refused");
    return 0;
}
