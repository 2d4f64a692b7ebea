#include "lib/json/escape.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bridgewatch::json {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

unsigned char byte_at(std::string_view text, std::size_t at)
{
    return static_cast<unsigned char>(text[at]);
}

bool within(unsigned char byte, unsigned low, unsigned high)
{
    return low <= byte && byte <= high;
}

/// Length of the well-formed UTF-8 sequence that starts `text` with a byte from 0x80 on; 0 where there is none.
/// Source: Unicode, "Well-Formed UTF-8 Byte Sequences": no overlong forms, no surrogates, nothing past U+10FFFF.
std::size_t sequence_length(std::string_view text)
{
    auto const lead = byte_at(text, 0);
    auto const length = within(lead, 0xC2, 0xDF)   ? 2U
                        : within(lead, 0xE0, 0xEF) ? 3U
                        : within(lead, 0xF0, 0xF4) ? 4U
                                                   : 0U;
    if (length == 0 || text.size() < length)
        return 0;
    auto const low = lead == 0xE0 ? 0xA0U : lead == 0xF0 ? 0x90U : 0x80U;
    auto const high = lead == 0xED ? 0x9FU : lead == 0xF4 ? 0x8FU : 0xBFU;
    if (!within(byte_at(text, 1), low, high))
        return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (!within(byte_at(text, i), 0x80, 0xBF))
            return 0;
    return length;
}

void append_control(std::string& out, unsigned char byte)
{
    constexpr std::string_view hex = "0123456789abcdef";
    switch (byte) {
    case '\b':
        out += "\\b";
        return;
    case '\f':
        out += "\\f";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        out.append("\\u00").append(1, hex[byte >> 4U]).append(1, hex[byte & 0xFU]);
        return;
    }
}

constexpr std::array<bool, 256> needs_care = [] {
    std::array<bool, 256> out{};
    for (std::size_t byte = 0; byte < out.size(); ++byte)
        out.at(byte) = byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
    return out;
}();

/// How many bytes from `at` on need no care, in steps of eight: most text is plain, and a byte at a time was the
/// largest cost of a page in the profile. The arithmetic is that of "Bit Twiddling Hacks", "determine if a word has a
/// byte less than n".
std::size_t plain_prefix(std::string_view text, std::size_t at)
{
    constexpr std::uint64_t ones = 0x0101010101010101, tops = ones * 0x80;
    auto const start = at;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        auto const quote = word ^ (ones * '"');
        auto const backslash = word ^ (ones * '\\');
        // A borrow may mark a plain byte above a special one, never hide one: the caller then looks byte by byte.
        auto const control = (word - ones * 0x20) & ~word;
        auto const found = (word | control | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & tops;
        if (found != 0)
            break;
    }
    return at - start;
}

} // namespace

void append_string(std::string& out, std::string_view text)
{
    out += '"';
    std::size_t copied = 0; // all before it is in `out`: runs are appended whole
    for (std::size_t at = 0; at < text.size();) {
        at += plain_prefix(text, at);
        while (at < text.size() && !needs_care[byte_at(text, at)])
            ++at;
        if (at == text.size())
            break;
        auto const byte = byte_at(text, at);
        if (auto const length = byte < 0x80 ? 0 : sequence_length(text.substr(at)); length != 0) {
            at += length;
            continue;
        }
        out += text.substr(copied, at - copied);
        if (byte >= 0x80)
            out += replacement;
        else if (byte == '"' || byte == '\\')
            out.append(1, '\\').append(1, static_cast<char>(byte));
        else
            append_control(out, byte);
        copied = ++at;
    }
    out += text.substr(copied);
    out += '"';
}

} // namespace bridgewatch::json
