#include "grammar/utf8.hpp"

#include "grammar/ascii.hpp"

#include <clocale>
#include <cwctype>

#include <algorithm>

namespace bridgewatch::grammar::utf8 {
namespace {

unsigned byte_at(std::string_view text, std::size_t i)
{
    return static_cast<unsigned char>(text[i]);
}

bool continues(unsigned byte)
{
    return (byte & 0xC0U) == 0x80U;
}

void append(std::string& out, char32_t code)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    auto const followers = code < 0x800 ? 1U : code < 0x10000 ? 2U : 3U;
    constexpr unsigned leads[] = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(leads[followers] | code >> (6 * followers));
    for (auto left = followers; left > 0; --left)
        out += static_cast<char>(0x80U | (code >> (6 * (left - 1)) & 0x3FU));
}

} // namespace

character first(std::string_view text)
{
    if (text.empty())
        return {};
    auto const lead = byte_at(text, 0);
    if (lead < 0x80)
        return {.code = lead, .bytes = 1};
    // C0, C1 and F5 to FF can only start what the bounds below would refuse anyway.
    if (lead < 0xC2 || lead > 0xF4)
        return {};
    std::size_t const bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (text.size() < bytes)
        return {};
    char32_t code = lead & (0x7FU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        auto const byte = byte_at(text, i);
        if (!continues(byte))
            return {};
        code = (code << 6U) | (byte & 0x3FU);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool const surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least[bytes] || code > 0x10FFFF || surrogate)
        return {};
    return {.code = code, .bytes = bytes};
}

std::optional<std::size_t> find_bad_byte(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        auto const next = first(text.substr(at));
        if (next.bytes == 0 || next.code == 0)
            return at;
        at += next.bytes;
    }
    return std::nullopt;
}

std::u32string characters(std::string_view text)
{
    std::u32string out;
    for (auto next = first(text); next.bytes != 0; next = first(text)) {
        out += next.code;
        text.remove_prefix(next.bytes);
    }
    return out;
}

std::string lower(std::string_view text)
{
    static auto const unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr); // NOLINT: kept for the process
    if (unicode == nullptr)
        return ascii::lower(text);
    std::string out;
    for (auto const code : characters(text))
        append(out, static_cast<char32_t>(::towlower_l(static_cast<wint_t>(code), unicode)));
    return out;
}

std::size_t length(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return !continues(static_cast<unsigned char>(c)); }));
}

} // namespace bridgewatch::grammar::utf8
