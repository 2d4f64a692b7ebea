#include "lib/json/writer.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>
#include <random>

namespace {

namespace json = bridgewatch::json;

std::string quoted(std::string_view text)
{
    std::string out;
    json::append_string(out, text);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_writer)

BOOST_AUTO_TEST_CASE(string_is_read_back_by_another_parser)
{
    std::mt19937 random{20260830};
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (auto length = random() % 40; length > 0; --length)
            text += static_cast<char>(random() % 128);
        text += "naïve 数据";
        BOOST_TEST(boost::json::parse(quoted(text)).as_string() == text);
    }
}

BOOST_AUTO_TEST_CASE(a_special_byte_is_found_at_each_place_of_each_length)
{
    constexpr std::size_t longest = 40; // two blocks of the escape and a rest
    for (char const special : {'"', '\\', '\n', '\x1f', '\x7f', ' '}) {
        for (std::size_t length = 1; length <= longest; ++length) {
            for (std::size_t at = 0; at < length; ++at) {
                std::string text(length, 'x');
                text[at] = special;
                auto const out = quoted(text);
                BOOST_TEST(boost::json::parse(out).as_string() == text);
                auto const is_plain = special == '\x7f' || special == ' ';
                BOOST_TEST((out.size() == length + 2) == is_plain);
            }
        }
    }
}

/// At each place of a block and across its end. Boost.JSON tells which of them are well-formed.
BOOST_AUTO_TEST_CASE(utf_8_stays_and_what_is_none_is_replaced_wherever_it_stands)
{
    constexpr std::size_t block = 16;
    constexpr std::array followers{'x', '"', '\x80', '\x8F', '\x90', '\x9F', '\xA0', '\xBF', '\xC3', '\xED'};
    std::size_t stayed = 0, replaced = 0, wrong = 0;
    auto const look_at = [&](std::string const& sequence) {
        for (std::size_t before = 0; before <= block; ++before) {
            auto const text = std::string(before, 'a') + sequence + std::string(block, 'b');
            std::string plain = text; // as a parser has to see it
            for (std::size_t at = 0; (at = plain.find('"', at)) != std::string::npos; at += 2)
                plain.insert(at, 1, '\\');
            boost::system::error_code malformed;
            static_cast<void>(boost::json::parse('"' + plain + '"', malformed));
            auto const out = quoted(text);
            auto const has_mark = out.find("\xEF\xBF\xBD") != std::string::npos;
            boost::system::error_code unreadable;
            static_cast<void>(boost::json::parse(out, unreadable));
            ++(malformed ? replaced : stayed);
            wrong += unreadable || has_mark != malformed.failed() || (!malformed && out != '"' + plain + '"') ? 1U : 0U;
        }
    };
    for (int lead = 0x80; lead <= 0xFF; ++lead)
        for (auto const second : followers)
            for (auto const third : followers)
                for (std::string_view const rest : {"", "\xC3\xA9", "\x80\xC3\xA9"})
                    look_at(std::string{static_cast<char>(lead), second, third}.append(rest));
    BOOST_TEST(wrong == 0U);
    BOOST_TEST(stayed > 10'000U);
    BOOST_TEST(replaced > 10'000U);
}

BOOST_AUTO_TEST_CASE(long_texts_are_whole)
{
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text += "line " + std::to_string(i) + ": \"naïve\"\\\n";
    BOOST_TEST(boost::json::parse(quoted(text)).as_string() == text);
}

BOOST_AUTO_TEST_CASE(integers_keep_64_bits)
{
    std::string out;
    json::append_int(out, std::numeric_limits<std::int64_t>::max());
    json::append_int(out, std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(out == "9223372036854775807-9223372036854775808");
}

BOOST_AUTO_TEST_CASE(raw_json_passes_digit_by_digit)
{
    std::string out;
    json::append_raw(out, R"({"a": 1.10, "b": 12345678901234567890123})", "{}");
    json::append_raw(out, "", "{}");
    BOOST_TEST(out == R"({"a": 1.10, "b": 12345678901234567890123}{})");
}

BOOST_AUTO_TEST_CASE(uuid_and_time_are_quoted)
{
    std::string out;
    std::array<std::uint8_t, 16> id{0xAB, 1, 2};
    json::append_uuid(out, id);
    json::append_uuid(out, {});
    json::append_time(out, bridgewatch::grammar::parse_rfc3339("2025-01-31T12:00:00.120Z")->floor);
    BOOST_TEST(out == "\"ab010200-0000-0000-0000-000000000000\"null\"2025-01-31T12:00:00.12Z\"");
}

BOOST_AUTO_TEST_SUITE_END()
