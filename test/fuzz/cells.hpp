#pragma once

#include "test/fuzz/input.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a server says in a column, made from an input. Columns are told by a letter each: u uuid, t text, j jsonb,
/// a text of a JSON array, d digits, n int8, b boolean, s timestamptz; ? anything.
namespace bridgewatch::fuzz {

/// The SELECT lists whose rows become JSON, in the order of their enums in db/sql.
namespace columns {
inline constexpr std::string_view interceptions = "ututttttttt"
                                                  "jss";
inline constexpr std::string_view token_usages = "uutnnnnjs";
inline constexpr std::string_view user_prompts = "uuttjs";
inline constexpr std::string_view tool_usages = "uuttttbtjs";
inline constexpr std::string_view metadata = "uj";
inline constexpr std::string_view sessions = "tutttaatjssnddddt";
inline constexpr std::string_view members = "uuttttttss";
inline constexpr std::string_view token_sums = "uudddd";
inline constexpr std::string_view metadata_sums = "uutd";
inline constexpr std::string_view first_prompts = "ut";
inline constexpr std::string_view thoughts = "ut";
inline constexpr std::string_view session_keys = "tus";
} // namespace columns

inline constexpr std::array<std::string_view, 6> json_texts{"{}",
                                                            R"({"a": [1.10, true, null]})",
                                                            R"("bridgewatch: withheld")",
                                                            R"({"ä": "\u0000\"\\"})",
                                                            "-12345678901234567890",
                                                            "[]"};
inline constexpr std::array<std::string_view, 4> digit_texts{"0", "7", "-1", "123456789012345678901234567890"};

inline std::string big_endian(std::uint64_t value, std::size_t size)
{
    std::string out;
    for (auto left = size; left > 0; --left)
        out += static_cast<char>(value >> (8 * (left - 1)));
    return out;
}

/// Near the ends of its range, small, or any.
inline std::string int8_bytes(input& in)
{
    constexpr std::uint64_t least = std::uint64_t{1} << 63U;
    switch (in.below(5)) {
    case 0:
        return big_endian(least + in.byte(), 8);
    case 1:
        return big_endian(least - 1 - in.byte(), 8);
    case 2:
        return big_endian(0 - std::uint64_t{in.byte()}, 8);
    case 3:
        return std::string{in.text(8)};
    default:
        return big_endian(in.byte(), 8);
    }
}

/// One of few, so that rows find each other, or any.
inline std::string uuid_bytes(input& in)
{
    auto const which = in.below(8);
    return which == 7 ? std::string{in.text(16)} : std::string(16, static_cast<char>(which));
}

inline std::string text_bytes(input& in)
{
    auto const size = in.byte();
    if (size == 255)
        return std::string(in.length(), static_cast<char>(in.byte()));
    return std::string{in.text(size)};
}

/// A value as the column's type has it, NULL, or (but for j, a and d, which are text of JSON already) of a wrong
/// length.
inline std::optional<std::string> cell_of(char type, input& in)
{
    auto const how = in.below(8);
    if (how == 7)
        return std::nullopt;
    switch (type) {
    case 'j':
        return '\1' + std::string{json_texts.at(in.below(json_texts.size()))};
    case 'a':
        return std::string{json_texts.at(in.below(json_texts.size()))};
    case 'd':
        return std::string{digit_texts.at(in.below(digit_texts.size()))};
    default:
        break;
    }
    if (how == 6 || type == '?' || type == 't')
        return text_bytes(in);
    if (type == 'u')
        return uuid_bytes(in);
    return type == 'b' ? std::string(1, static_cast<char>(in.below(3))) : int8_bytes(in);
}

} // namespace bridgewatch::fuzz
