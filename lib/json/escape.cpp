#include "lib/json/escape.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/// At most six characters.
struct short_text {
    std::array<char, 6> characters{};
    std::size_t size = 0;

    [[nodiscard]] std::string_view view() const { return {characters.data(), size}; }
};

short_text escaped_control(unsigned char byte)
{
    constexpr std::string_view hex = "0123456789abcdef";
    auto const named = [](char letter) { return short_text{{'\\', letter}, 2}; };
    switch (byte) {
    case '\b':
        return named('b');
    case '\f':
        return named('f');
    case '\n':
        return named('n');
    case '\r':
        return named('r');
    case '\t':
        return named('t');
    default:
        return {{'\\', 'u', '0', '0', hex[byte >> 4U], hex[byte & 0xFU]}, 6};
    }
}

constexpr std::size_t block = 16;

/// A bit for each of these 16 bytes that cannot be copied as it is.
unsigned special_bytes(char const* bytes)
{
#ifdef __SSE2__
    auto const all = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
    auto const quotes = _mm_cmpeq_epi8(all, _mm_set1_epi8('"'));
    auto const backslashes = _mm_cmpeq_epi8(all, _mm_set1_epi8('\\'));
    auto const others = _mm_cmplt_epi8(all, _mm_set1_epi8(0x20)); // signed: what is not ASCII is negative
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), others)));
#else
    unsigned found = 0;
    for (std::size_t i = 0; i < block; ++i) {
        auto const byte = static_cast<unsigned char>(bytes[i]);
        found |= (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\' ? 1U : 0U) << i;
    }
    return found;
#endif
}

/// A bit for each of these 16 bytes that belongs to a well-formed sequence of UTF-8 which ends among them. All are told
/// at once, since in other scripts each word has some; none, where one is not well-formed or has a lead that narrows
/// what may follow (E0, ED, F0, F4).
unsigned sequence_bytes(char const* bytes)
{
#ifdef __SSE2__
    auto const all = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
    auto const others = static_cast<unsigned>(_mm_movemask_epi8(all)); // not ASCII
    if (others == 0)
        return 0;
    auto const between = [all](char low, char high) { // both are outside; signed, as what is not ASCII is negative
        return static_cast<unsigned>(_mm_movemask_epi8(
            _mm_and_si128(_mm_cmpgt_epi8(all, _mm_set1_epi8(low)), _mm_cmplt_epi8(all, _mm_set1_epi8(high)))));
    };
    auto const followers = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmplt_epi8(all, _mm_set1_epi8('\xC0'))));
    auto const of_two = between('\xC1', '\xE0');
    auto const of_three = between('\xE0', '\xED') | between('\xED', '\xF0');
    auto const of_four = between('\xF0', '\xF4');
    auto const leads = of_two | of_three | of_four;
    auto const expected = leads << 1U | (of_three | of_four) << 2U | of_four << 3U;
    constexpr unsigned all_of_them = (1U << block) - 1;
    if ((expected & all_of_them) != followers || (leads | followers) != others)
        return 0;
    auto const last = std::bit_floor(leads);
    return expected > all_of_them ? others & (last - 1) : others;
#else
    static_cast<void>(bytes);
    return 0;
#endif
}

/// A text of less than a block at the start of a block, with nothing to escape behind it. Copies of fixed sizes, which
/// may overlap: a call costs more than they do.
void pad(std::string_view text, std::array<char, block>& out)
{
    out.fill(' ');
    auto const copy_ends = [&]<std::size_t size>(std::integral_constant<std::size_t, size>) {
        std::memcpy(out.data(), text.data(), size);
        std::memcpy(out.data() + text.size() - size, text.data() + text.size() - size, size);
    };
    if (text.size() >= 8)
        copy_ends(std::integral_constant<std::size_t, 8>{});
    else if (text.size() >= 4)
        copy_ends(std::integral_constant<std::size_t, 4>{});
    else
        for (std::size_t i = 0; i < text.size(); ++i)
            out.at(i) = text[i];
}

/// Where the next byte goes, and where the room for it ends: inside of a string that is longer than what it holds.
struct place {
    char* at;
    char* end;
};

place make_room(std::string& out, std::size_t used, std::size_t more)
{
    out.resize(used + more);
    return {out.data() + used, out.data() + out.size()};
}

char* put(char* at, std::string_view text)
{
    return std::ranges::copy(text, at).out;
}

/// How many of a block's bytes stand as they are, and whether something to be escaped or replaced comes behind them.
struct plain_run {
    std::size_t size;
    bool is_ended;
};

/// @param bytes the block at the start of `text`, padded
plain_run plain_at(std::string_view text, char const* bytes)
{
    auto found = special_bytes(bytes);
    if (found != 0)
        found &= ~sequence_bytes(bytes);
    while (found != 0) {
        auto const at = static_cast<std::size_t>(std::countr_zero(found));
        auto const length = byte_at(text, at) < 0x80 ? 0 : sequence_length(text.substr(at));
        if (length == 0)
            return {at, true};
        if (at + length > block) // it starts the next block
            return {at, false};
        found &= ~(((1U << length) - 1) << at);
    }
    return {std::min(block, text.size()), false};
}

/// What cannot be copied as it is, at the start of `text`, from which it is taken. At most a block is written.
char* put_special(char* at, std::string_view& text)
{
    auto const byte = byte_at(text, 0);
    if (byte >= 0x80) {
        at = put(at, replacement);
    } else if (byte < 0x20) {
        at = put(at, escaped_control(byte).view());
    } else {
        *at++ = '\\';
        *at++ = text.front();
    }
    text.remove_prefix(1);
    return at;
}

} // namespace

// Most of a page are texts of code and JSON, full of quotes: written straight into the string, since to append each run
// between two of them was the largest cost of a page in the profile.
void append_string(std::string& out, std::string_view text)
{
    constexpr std::size_t step = 2 * block + 1; // beside the text that is left: what a turn may write, the last quote
    auto to = make_room(out, out.size(), text.size() + text.size() / 8 + 2 * step);
    *to.at++ = '"';
    auto const take = [&](char const* bytes) {
        std::memcpy(to.at, bytes, block);
        auto const plain = plain_at(text, bytes);
        to.at += plain.size;
        text.remove_prefix(plain.size);
        if (!plain.is_ended)
            return;
        to.at = put_special(to.at, text);
        if (to.end - to.at < static_cast<std::ptrdiff_t>(text.size() + step)) [[unlikely]]
            to = make_room(out, static_cast<std::size_t>(to.at - out.data()), 2 * text.size() + 2 * step);
    };
    while (text.size() >= block)
        take(text.data());
    std::array<char, block> last;
    while (!text.empty()) {
        pad(text, last);
        take(last.data());
    }
    *to.at++ = '"';
    out.resize(static_cast<std::size_t>(to.at - out.data()));
}

} // namespace bridgewatch::json
