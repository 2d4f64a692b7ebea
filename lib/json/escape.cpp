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

/// How many of these 16 bytes come before the first that needs care.
std::size_t plain_prefix(char const* bytes)
{
#ifdef __SSE2__
    auto const all = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
    auto const quotes = _mm_cmpeq_epi8(all, _mm_set1_epi8('"'));
    auto const backslashes = _mm_cmpeq_epi8(all, _mm_set1_epi8('\\'));
    auto const others = _mm_cmplt_epi8(all, _mm_set1_epi8(0x20)); // signed: what is not ASCII is negative
    auto const found = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), others));
    return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(found) | 1U << block));
#else
    auto const needs_care = [](unsigned char byte) {
        return byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
    };
    return static_cast<std::size_t>(std::find_if(bytes, bytes + block, needs_care) - bytes);
#endif
}

/// A text of less than a block as a block. Copies of fixed sizes, which may overlap: a call costs more than they do.
char const* padded(std::string_view text, std::array<char, block>& room)
{
    auto const copy_ends = [&]<std::size_t size>(std::integral_constant<std::size_t, size>) {
        std::memcpy(room.data(), text.data(), size);
        std::memcpy(room.data() + text.size() - size, text.data() + text.size() - size, size);
    };
    if (text.size() >= 8)
        copy_ends(std::integral_constant<std::size_t, 8>{});
    else if (text.size() >= 4)
        copy_ends(std::integral_constant<std::size_t, 4>{});
    else
        for (std::size_t i = 0; i < text.size(); ++i)
            room.at(i) = text[i];
    return room.data();
}

/// Collects what is appended in a buffer of its own: most of a page are texts of code and JSON, full of quotes, and to
/// append each run between two of them to the string was the largest cost of a page in the profile.
class chunk {
  public:
    explicit chunk(std::string& out) : out_{out} {}

    chunk(chunk const&) = delete;
    chunk& operator=(chunk const&) = delete;

    ~chunk() { flush(); }

    /// Copies a block, and keeps its first `count` bytes.
    void take_block(char const* bytes, std::size_t count)
    {
        make_room();
        std::memcpy(bytes_.data() + size_, bytes, block);
        size_ += count;
    }

    /// @param text at most a block
    void take(std::string_view text)
    {
        make_room();
        std::memcpy(bytes_.data() + size_, text.data(), text.size());
        size_ += text.size();
    }

  private:
    void make_room()
    {
        if (size_ + block > bytes_.size())
            flush();
    }

    void flush()
    {
        out_.append(bytes_.data(), size_);
        size_ = 0;
    }

    std::string& out_;
    std::size_t size_ = 0;
    std::array<char, 1024> bytes_; // not initialised: most texts are short
};

/// The byte at the start of `text`, and what belongs to it. @return how many bytes that were
std::size_t take_special(chunk& out, std::string_view text)
{
    auto const byte = byte_at(text, 0);
    if (byte == '"') {
        out.take("\\\"");
    } else if (byte == '\\') {
        out.take("\\\\");
    } else if (byte < 0x20) {
        out.take(escaped_control(byte).view());
    } else if (auto const length = sequence_length(text); length != 0) {
        if (text.size() >= block)
            out.take_block(text.data(), length);
        else
            out.take(text.substr(0, length));
        return length;
    } else {
        out.take(replacement);
    }
    return 1;
}

} // namespace

void append_string(std::string& out, std::string_view text)
{
    chunk to{out};
    to.take("\"");
    while (!text.empty()) {
        std::array<char, block> last{};
        auto const* const bytes = text.size() >= block ? text.data() : padded(text, last);
        auto const plain = std::min(plain_prefix(bytes), text.size());
        to.take_block(bytes, plain);
        text.remove_prefix(plain);
        if (plain < block && !text.empty())
            text.remove_prefix(take_special(to, text));
    }
    to.take("\"");
}

} // namespace bridgewatch::json
