// Any bytes as a connection's input: no crash, and the same requests up to the same end however the bytes are cut.

#include "lib/http/accept_encoding.hpp"
#include "lib/http/field_text.hpp"
#include "lib/http/request_reader.hpp"
#include "lib/http/server.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace bridgewatch::http;

void require(bool holds, char const* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

limits small_limits()
{
    limits bounds;
    bounds.request_line_bytes = 256;
    bounds.header_bytes = 512;
    bounds.body_bytes = 128;
    return bounds;
}

bool names_encodings(request_head const& head)
{
    return std::ranges::any_of(head.headers, [](auto const& field) {
        return same_token(field.first, "Accept-Encoding") && field.second.find_first_of("*zZgGxX") != std::string::npos;
    });
}

/// What a connection would do with these bytes, `piece` at a time, as text.
std::string story(std::string_view bytes, std::size_t piece)
{
    auto const bounds = small_limits();
    request_reader reader{bounds};
    std::string out;
    auto got = reader.next();
    for (;;) {
        switch (got) {
        case request_reader::step::ready: {
            auto const& head = reader.head();
            require(!head.method.empty() && head.target.starts_with('/'), "a request has a method and a path");
            require(std::ranges::none_of(head.target, [](char c) { return static_cast<unsigned char>(c) <= ' '; }),
                    "a target has no blanks");
            auto const coding = choose_coding(head.headers);
            require(coding.coding != content_coding::identity || !coding.identity_refused,
                    "who refuses identity gets a coding, or nothing is refused");
            require(coding.coding == content_coding::identity || names_encodings(head),
                    "a coding is used where one was asked for");
            out.append(to_string(coding.coding))
                .append(" ")
                .append(head.method)
                .append(" ")
                .append(head.target)
                .append(head.keep_alive ? " keep\n" : " close\n");
            if (!head.keep_alive)
                return out;
            got = reader.next();
            break;
        }
        case request_reader::step::refused:
            require(reader.why().status >= 400 && reader.why().status < 500, "a refusal is the client's fault");
            return out + "refused"; // a line that is both too long and wrong may be told as either
        case request_reader::step::need_more: {
            if (bytes.empty())
                return out + "more";
            auto const room = reader.room();
            require(!room.empty(), "there is room");
            auto const count = std::min({bytes.size(), room.size(), piece});
            std::ranges::copy(bytes.substr(0, count), room.begin());
            bytes.remove_prefix(count);
            got = reader.took(count);
            break;
        }
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const bytes{reinterpret_cast<char const*>(data), size};
    auto const whole = story(bytes, size);
    require(whole == story(bytes, 1), "a byte at a time reads the same");
    require(whole == story(bytes, 7), "seven bytes at a time read the same");
    return 0;
}
