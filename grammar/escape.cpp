#include "grammar/escape.hpp"

#include "grammar/utf8.hpp"

#include <algorithm>

namespace bridgewatch::grammar {
namespace {

struct code_range {
    char32_t low, high;
};

// Unicode categories Z (but U+0020), Cc above ASCII, Cf and Co, and U+FFFE, U+FFFF: Go's IsPrint refuses them.
// Cf matters beyond fidelity: it has the marks that reverse the text of a message on screen.
constexpr code_range unprintable[] = {
    {0x80, 0xA0},       {0xAD, 0xAD},        {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},
    {0x70F, 0x70F},     {0x890, 0x891},      {0x8E2, 0x8E2},     {0x1680, 0x1680},   {0x180E, 0x180E},
    {0x2000, 0x200F},   {0x2028, 0x202F},    {0x205F, 0x2064},   {0x2066, 0x206F},   {0x3000, 0x3000},
    {0xE000, 0xF8FF},   {0xFEFF, 0xFEFF},    {0xFFF9, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD},
    {0x110CD, 0x110CD}, {0x13430, 0x1343F},  {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0001, 0xE0001},
    {0xE0020, 0xE007F}, {0xF0000, 0x10FFFF},
};

bool prints(char32_t code)
{
    if (code < 0x80)
        return code >= 0x20 && code != 0x7F;
    return std::ranges::none_of(unprintable, [=](code_range r) { return r.low <= code && code <= r.high; });
}

void append_hex(std::string& out, std::string_view prefix, char32_t value, unsigned digits)
{
    out += prefix;
    while (digits-- > 0)
        out += "0123456789abcdef"[(value >> (4 * digits)) & 0xFU];
}

void append_escape(std::string& out, char32_t code)
{
    constexpr std::string_view plain = "\a\b\f\n\r\t\v";
    constexpr std::string_view letters = "abfnrtv";
    if (code < 0x80) {
        auto const known = plain.find(static_cast<char>(code));
        if (known == std::string_view::npos)
            return append_hex(out, "\\x", code, 2);
        out += '\\';
        out += letters[known];
    } else if (code < 0x10000) {
        append_hex(out, "\\u", code, 4);
    } else {
        append_hex(out, "\\U", code, 8);
    }
}

} // namespace

std::string quoted(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + 2);
    out += '"';
    while (!text.empty()) {
        auto const next = utf8::first(text);
        if (next.bytes == 0) {
            append_hex(out, "\\x", static_cast<unsigned char>(text.front()), 2);
            text.remove_prefix(1);
            continue;
        }
        if (next.code == '"' || next.code == '\\')
            out += '\\';
        if (prints(next.code))
            out += text.substr(0, next.bytes);
        else
            append_escape(out, next.code);
        text.remove_prefix(next.bytes);
    }
    out += '"';
    return out;
}

} // namespace bridgewatch::grammar
