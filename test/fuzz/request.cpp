// Any bytes as a connection's input: no crash, the same requests up to the same end however the bytes are cut, and no
// request where a stricter reading would see another end of the one before it.

#include "lib/http/accept_encoding.hpp"
#include "lib/http/field_text.hpp"
#include "lib/http/request_reader.hpp"
#include "lib/http/server.hpp"
#include "test/fuzz/require.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bridgewatch::http;
using bridgewatch::fuzz::require;

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

/// What a connection would do with some bytes.
struct story {
    std::string text;
    std::vector<std::string> methods; ///< of the requests, in order
};

void require_head(request_head const& head)
{
    require(!head.method.empty() && head.target.starts_with('/'), "a request has a method and a path");
    require(std::ranges::none_of(head.target, [](char c) { return static_cast<unsigned char>(c) <= ' '; }),
            "a target has no blanks");
    auto lengths = 0;
    auto hosts = 0;
    for (auto const& [name, value] : head.headers) {
        require(!name.empty() && std::ranges::all_of(name, is_token_char), "a field's name is a token");
        require(std::ranges::none_of(value, [](char c) { return is_control(c) && c != '\t'; }), "a value has one line");
        hosts += same_token(name, "Host") ? 1 : 0;
        lengths += same_token(name, "Content-Length") || same_token(name, "Transfer-Encoding") ? 1 : 0;
    }
    require(lengths <= 1, "a request has one length");
    require(hosts == 1 || (hosts == 0 && head.minor == 0), "a request has one host");
    auto const coding = choose_coding(head.headers);
    require(coding.coding != content_coding::identity || !coding.identity_refused,
            "who refuses identity gets a coding, or nothing is refused");
    require(coding.coding == content_coding::identity || names_encodings(head),
            "a coding is used where one was asked for");
}

/// @param piece how many bytes come at a time
story read_in_pieces(std::string_view bytes, std::size_t piece)
{
    auto const bounds = small_limits();
    request_reader reader{bounds};
    story out;
    auto got = reader.next();
    for (;;) {
        switch (got) {
        case request_reader::step::ready: {
            auto const& head = reader.head();
            require_head(head);
            out.methods.emplace_back(head.method);
            out.text.append(to_string(choose_coding(head.headers).coding))
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
            out.text += "refused"; // a line that is both too long and wrong may be told as either
            return out;
        case request_reader::step::need_more: {
            if (bytes.empty()) {
                out.text += "more";
                return out;
            }
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

/// Takes a line with its CRLF off the front; nothing where there is none.
std::optional<std::string_view> take_line(std::string_view& bytes)
{
    auto const end = bytes.find("\r\n");
    if (end == std::string_view::npos)
        return {};
    auto const out = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    return out;
}

std::size_t number(std::string_view text, int base)
{
    std::size_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out, base);
    return out;
}

/// Takes a chunked body off the front.
void skip_chunks(std::string_view& bytes)
{
    for (;;) {
        auto const size = take_line(bytes);
        require(size && !size->empty(), "a chunk has a size");
        auto const count = number(*size, 16);
        if (count == 0)
            break;
        require(bytes.size() >= count + 2 && bytes.substr(count, 2) == "\r\n", "a chunk is as long as it says");
        bytes.remove_prefix(count + 2);
    }
    for (auto trailer = take_line(bytes); trailer && !trailer->empty(); trailer = take_line(bytes))
        ;
}

/// The requests start where a reader that knows only CRLF, one length and chunks finds them: whoever stands before us
/// and reads so sees the same ones.
void require_boundaries(std::string_view bytes, std::vector<std::string> const& methods)
{
    for (auto const& method : methods) {
        auto const start = take_line(bytes);
        require(start && start->starts_with(method + ' '), "a request starts where the one before it has ended");
        require(start->find_first_of("\r\n") == std::string_view::npos, "a line has one end");
        std::size_t length = 0;
        bool is_chunked = false;
        for (auto line = take_line(bytes); line && !line->empty(); line = take_line(bytes)) {
            require(line->find('\n') == std::string_view::npos, "a line of the head has one end");
            auto const name = line->substr(0, line->find(':'));
            auto const value = trimmed(line->substr(std::min(name.size() + 1, line->size())));
            if (same_token(name, "Content-Length"))
                length = number(value, 10);
            is_chunked = is_chunked || same_token(name, "Transfer-Encoding");
        }
        if (is_chunked)
            skip_chunks(bytes);
        require(bytes.size() >= length, "a request that is ready has its body");
        bytes.remove_prefix(length);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const bytes{reinterpret_cast<char const*>(data), size};
    auto const whole = read_in_pieces(bytes, size);
    require(whole.text == read_in_pieces(bytes, 1).text, "a byte at a time reads the same");
    require(whole.text == read_in_pieces(bytes, 7).text, "seven bytes at a time read the same");
    require_boundaries(bytes, whole.methods);
    return 0;
}
