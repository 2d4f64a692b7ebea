#include "lib/api/link.hpp"

#include "lib/api/query_parameters.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <algorithm>
#include <limits>

namespace bridgewatch::api {
namespace {

constexpr std::string_view secret_name = "coder_session_token";

namespace urls = boost::urls;

/// What may stand in a query besides escapes; a path takes the same but for `?`, which has ended it.
constexpr auto of_query = urls::unreserved_chars + "!$&'()*+,;=:@/?";

template <class Characters>
void append_encoded(std::string& out, std::string_view text, Characters const& stay)
{
    urls::encode({text.data(), text.size()}, stay, {}, urls::string_token::append_to(out));
}

/// What the caller has sent, and may have encoded: a `%` stays. Boost.URL asserts that a set of characters has none.
void append_as_sent(std::string& out, std::string_view text)
{
    for (;;) {
        auto const plain = text.substr(0, text.find('%'));
        append_encoded(out, plain, of_query);
        if (plain.size() == text.size())
            return;
        out += '%';
        text.remove_prefix(plain.size() + 1);
    }
}

/// With one slash at the start, however many there were.
void append_path(std::string& out, std::string_view path)
{
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    out += '/';
    append_as_sent(out, path);
}

} // namespace

std::string link_to(http::request const& request, std::string_view rel, std::vector<link_parameter> const& set,
                    std::vector<std::string_view> const& drop)
{
    auto const is_left_out = [&](std::string_view name) {
        return name == secret_name || std::ranges::find(drop, name) != drop.end() ||
               std::ranges::find(set, name, &link_parameter::first) != set.end();
    };
    auto [path, query] = split_target(request.target);
    std::string out{"<"};
    out += request.origin;
    append_path(out, path);
    char before = '?';
    while (!query.empty()) {
        auto const piece = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), piece.size() + 1));
        if (piece.empty() || is_left_out(percent_decoded(piece.substr(0, piece.find('=')), true)))
            continue;
        out += std::exchange(before, '&');
        append_as_sent(out, piece);
    }
    for (auto const& [name, value] : set) {
        out += std::exchange(before, '&');
        append_encoded(out, name, urls::unreserved_chars);
        out += '=';
        append_encoded(out, value, urls::unreserved_chars);
    }
    return out.append(">; rel=\"").append(rel).append("\"");
}

void add_link(http::response& to, http::request const& request, std::string_view rel,
              std::vector<link_parameter> const& set, std::vector<std::string_view> const& drop)
{
    constexpr std::size_t longest = 2048;
    auto link = link_to(request, rel, set, drop);
    if (link.size() <= longest)
        to.headers.emplace_back("Link", std::move(link));
}

std::vector<link_parameter> next_offset(std::int64_t offset, std::int64_t limit)
{
    constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();
    return {{"offset", std::to_string(std::min(offset + limit, largest))}};
}

} // namespace bridgewatch::api
