// Any bytes as a query string and as headers that carry a token: no crash, and what comes out is within its bounds.

#include "lib/api/page_parameters.hpp"
#include "lib/api/session_token.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using namespace bridgewatch;

void require(bool holds, char const* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

void read_page(api::query_parameters const& given)
{
    auto const page = api::read_page_parameters(given);
    if (page.has_error()) {
        require(page.error().status == 400, "a bad parameter is the client's fault");
        static_cast<void>(api::to_response(page.error(), "id"));
        return;
    }
    require(page->limit >= 1 && page->limit <= 1000, "a limit is within its range");
    require(page->offset >= 0 && page->offset <= INT32_MAX, "an offset is within its range");
    require(!page->after_id || !page->after_id->is_nil(), "the nil UUID is no cursor");
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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const bytes{reinterpret_cast<char const*>(data), size};
    api::query_parameters const given{bytes};
    read_page(given);
    read_token(bytes, given);
    return 0;
}
