// Any bytes as a query string, as a path and as headers that carry a token: no crash, what comes out is within its
// bounds, and the link to the next page asks for the same.

#include "lib/api/link.hpp"
#include "lib/api/page_parameters.hpp"
#include "lib/api/routes.hpp"
#include "lib/api/session_parameters.hpp"
#include "lib/api/session_token.hpp"
#include "test/fuzz/require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace bridgewatch;
using fuzz::require;

bool is_refused(auto const& read)
{
    if (read.has_value())
        return false;
    require(read.error().status == 400, "a bad parameter is the client's fault");
    require(!read.error().message.empty(), "a refusal says why");
    static_cast<void>(api::to_response(read.error(), "id"));
    return true;
}

void require_list(auto const& list)
{
    require(list.limit >= 1 && list.limit <= 1000, "a limit is within its range");
    require(list.offset >= 0 && list.offset <= INT32_MAX, "an offset is within its range");
}

void read_page(api::query_parameters const& given)
{
    auto const page = api::read_page_parameters(given);
    if (is_refused(page))
        return;
    require_list(*page);
    require(!page->after_id || !page->after_id->is_nil(), "the nil UUID is no cursor");
    require(!page->after_id || page->offset == 0, "a cursor and an offset are not both there");
}

void read_sessions(api::query_parameters const& given)
{
    auto const page = api::read_sessions_parameters(given);
    if (is_refused(page))
        return;
    require_list(*page);
    if (!page->after)
        return;
    auto const& after = *page->after;
    require(!after.session_id.empty() || (after.initiator_id && after.last_active_at), "a cursor names a session");
    require(!after.initiator_id || !after.initiator_id->is_nil(), "the nil UUID is nobody");
    require(page->offset == 0, "a cursor and an offset are not both there");
}

void read_session(api::query_parameters const& given)
{
    auto const asked = api::read_session_parameters(given);
    if (is_refused(asked))
        return;
    auto const& threads = asked->threads;
    require(threads.limit >= 1 && threads.limit <= 200, "a limit of threads is within its range");
    require(!threads.after || !threads.before, "there are not two cursors");
    for (auto const& id : {threads.after, threads.before, asked->initiator_id})
        require(!id || !id->is_nil(), "the nil UUID is absent");
}

void read_values(api::query_parameters const& given)
{
    auto const list = api::read_values_parameters(given);
    if (!is_refused(list))
        require_list(*list);
}

void find_path(std::string_view bytes)
{
    if (auto const found = api::find_route(bytes)) {
        auto const has_parameter = found->to.pattern.ends_with('}');
        require(has_parameter != found->parameter.empty(), "a parameter is there where the pattern has one");
        require(found->parameter.size() < bytes.size(), "a parameter is a part of the path");
    }
    auto rest = bytes;
    if (rest.ends_with('/'))
        rest.remove_suffix(1);
    auto const found = api::find_route("/api/v2/aibridge/sessions/" + std::string{bytes});
    if (rest.empty()) {
        require(found.has_value() == bytes.empty(), "a session has a name");
        return;
    }
    require(found && found->to.to == api::endpoint::session, "any bytes name a session");
    require(found->parameter == api::percent_decoded(rest, false), "a name is taken as it is");
}

void read_token(std::string_view bytes, api::query_parameters const& given)
{
    for (auto const* name : {"Cookie", "Coder-Session-Token", "Authorization"}) {
        http::request request{};
        request.headers = {{name, bytes}};
        auto const token = api::find_token(request, given);
        if (!token)
            continue;
        require(!token->empty(), "an empty token is none");
        auto const parts = api::split_token(*token);
        if (parts.has_value())
            require(parts->id.size() == 10 && parts->secret.size() == 22, "a token has its lengths");
    }
}

/// The link to the next page is one header line, and leads to what was asked, but for the cursor.
void follow_link(std::string_view bytes, api::query_parameters const& given)
{
    if (std::ranges::any_of(bytes, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }))
        return; // the reader of requests refuses such a target
    std::string const target = "/api/v2/aibridge/interceptions?" + std::string{bytes};
    http::request asked{};
    asked.target = target;
    auto const link = api::link_to(asked, "next", {{"after_id", "a&b=c d"}}, {"offset"});
    require(std::ranges::all_of(link, [](char c) { return c >= ' ' && c <= '~'; }), "a link is printable");
    auto const end = link.find('>');
    require(link.starts_with("</api/") && link.substr(end) == ">; rel=\"next\"", "a link is one URI");
    api::query_parameters const next{api::split_target(std::string_view{link}.substr(1, end - 1)).second};
    require(next.first("after_id") == "a&b=c d", "a link has what it sets");
    require(!next.first("offset") && !next.first("coder_session_token"), "a link has not what it drops");
    for (auto const* name : {"q", "limit", "count"})
        require(next.first(name) == given.first(name), "a link asks for the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const bytes{reinterpret_cast<char const*>(data), size};
    api::query_parameters const given{bytes};
    read_page(given);
    read_sessions(given);
    read_session(given);
    read_values(given);
    find_path(bytes);
    read_token(bytes, given);
    follow_link(bytes, given);
    return 0;
}
