#include "grammar/uuid.hpp"

#include "grammar/ascii.hpp"

#include <array>
#include <cstring>

namespace bridgewatch::grammar {
namespace {

constexpr std::size_t hex_digits = 32;
constexpr std::size_t with_hyphens = 36;

/// A hyphen stands before these bytes.
constexpr bool starts_group(std::size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

/// "00" to "ff", one behind the other.
constexpr std::array<char, 512> hex_pairs = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 512> out{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        out[2 * byte] = digits[byte >> 4U];
        out[2 * byte + 1] = digits[byte & 0xFU];
    }
    return out;
}();

/// The value of a hexadecimal digit, or 16.
constexpr unsigned digit(char c)
{
    if (ascii::is_digit(c))
        return static_cast<unsigned>(c - '0');
    char const folded = ascii::lower(c);
    return folded >= 'a' && folded <= 'f' ? static_cast<unsigned>(folded - 'a') + 10 : 16;
}

std::string_view unwrap(std::string_view text)
{
    constexpr std::string_view urn = "urn:uuid:";
    if (ascii::same_word(text.substr(0, urn.size()), urn))
        text.remove_prefix(urn.size());
    if (text.size() >= 2 && text.front() == '{' && text.back() == '}')
        text = text.substr(1, text.size() - 2);
    return text;
}

} // namespace

std::optional<uuid> parse_uuid(std::string_view text)
{
    text = unwrap(text);
    if (text.size() != hex_digits && text.size() != with_hyphens)
        return std::nullopt;
    bool const hyphens = text.size() == with_hyphens;
    uuid out;
    std::size_t at = 0;
    for (std::size_t byte = 0; byte < out.bytes.size(); ++byte) {
        if (hyphens && starts_group(byte) && text[at++] != '-')
            return std::nullopt;
        auto const high = digit(text[at++]);
        auto const low = digit(text[at++]);
        if (high > 15 || low > 15)
            return std::nullopt;
        out.bytes[byte] = static_cast<std::uint8_t>((high << 4U) | low);
    }
    return out;
}

void write_uuid(std::array<std::uint8_t, 16> const& bytes, char* out)
{
    for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
        if (starts_group(byte))
            *out++ = '-';
        std::memcpy(out, hex_pairs.data() + std::size_t{2} * bytes[byte], 2);
        out += 2;
    }
}

std::string to_string(uuid const& id)
{
    std::string out(with_hyphens, '\0');
    write_uuid(id.bytes, out.data());
    return out;
}

} // namespace bridgewatch::grammar
