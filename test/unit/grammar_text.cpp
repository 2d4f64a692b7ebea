#include "grammar/escape.hpp"
#include "grammar/utf8.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;
using namespace std::string_view_literals;

namespace bridgewatch::grammar {
namespace {

struct escape_case {
    std::string_view name, text, written;
};

std::ostream& operator<<(std::ostream& out, escape_case const& c)
{
    return out << c.name;
}

// What Go's strconv.Quote writes.
escape_case const escape_cases[] = {
    {"empty", "", R"("")"},
    {"plain", "provider:a", R"("provider:a")"},
    {"quote", R"(a"b)", R"("a\"b")"},
    {"backslash", R"(a\b)", R"("a\\b")"},
    {"letters of control characters", "\a\b\f\n\r\t\v", R"("\a\b\f\n\r\t\v")"},
    {"other control characters", "\x01\x1f\x7f", R"("\x01\x1f\x7f")"},
    {"NUL", "\0"sv, R"("\x00")"},
    {"printable beyond ASCII", "é 模型 🦊", R"("é 模型 🦊")"},
    {"C1 control", "\u0085", R"("\u0085")"},
    {"no-break space", "a\u00a0b", R"("a\u00a0b")"},
    {"soft hyphen", "\u00ad", R"("\u00ad")"},
    {"zero width space", "\u200b", R"("\u200b")"},
    {"right-to-left override", "\u202e", R"("\u202e")"},
    {"line separator", "\u2028", R"("\u2028")"},
    {"ideographic space", "\u3000", R"("\u3000")"},
    {"private use", "\ue000", R"("\ue000")"},
    {"byte order mark", "\ufeff", R"("\ufeff")"},
    {"tag beyond the basic plane", "\U000e0041", R"("\U000e0041")"},
    {"not UTF-8", "a\xff\xc3(", R"("a\xff\xc3(")"},
};

struct utf8_case {
    std::string_view name, text;
    std::optional<std::size_t> bad;
};

std::ostream& operator<<(std::ostream& out, utf8_case const& c)
{
    return out << c.name;
}

utf8_case const utf8_cases[] = {
    {"empty", "", std::nullopt},
    {"ASCII", "abc\x01\x7f", std::nullopt},
    {"two bytes, least and most", "\xC2\x80\xDF\xBF", std::nullopt},
    {"three bytes, least and most", "\xE0\xA0\x80\xEF\xBF\xBF", std::nullopt},
    {"four bytes, least and most", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", std::nullopt},
    {"before and after the surrogates", "\xED\x9F\xBF\xEE\x80\x80", std::nullopt},
    {"NUL", "ab\0c"sv, 2},
    {"continuation alone", "a\x80", 1},
    {"lead at the end", "a\xC3", 1},
    {"three bytes cut", "a\xE2\x82", 1},
    {"four bytes cut", "a\xF0\x9F\xA6", 1},
    {"lead, then ASCII", "\xC3(", 0},
    {"overlong in two", "a\xC0\xAF", 1},
    {"overlong in two, most", "\xC1\xBF", 0},
    {"overlong in three", "\xE0\x9F\xBF", 0},
    {"overlong in four", "\xF0\x8F\xBF\xBF", 0},
    {"overlong NUL", "\xC0\x80", 0},
    {"first surrogate", "\xED\xA0\x80", 0},
    {"last surrogate", "\xED\xBF\xBF", 0},
    {"beyond Unicode", "\xF4\x90\x80\x80", 0},
    {"lead F5", "\xF5\x80\x80\x80", 0},
    {"byte FF", "\xFF", 0},
    {"bad after good", "é🦊\xC3", 6},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_text)

BOOST_DATA_TEST_CASE(quoted_as_go_quotes, bdata::make(escape_cases), c)
{
    BOOST_TEST(quoted(c.text) == c.written);
}

BOOST_DATA_TEST_CASE(first_bad_byte_is_found, bdata::make(utf8_cases), c)
{
    BOOST_TEST((utf8::find_bad_byte(c.text) == c.bad));
}

BOOST_AUTO_TEST_CASE(length_counts_characters)
{
    BOOST_TEST(utf8::length("") == 0U);
    BOOST_TEST(utf8::length("abc") == 3U);
    BOOST_TEST(utf8::length("é模🦊") == 3U);
}

BOOST_AUTO_TEST_CASE(lower_case_of_all_scripts)
{
    BOOST_TEST(utf8::lower("") == "");
    BOOST_TEST(utf8::lower("aZ09 _") == "az09 _");
    BOOST_TEST(utf8::lower("ÀÉÖ БΣ 模🦊") == "àéö бσ 模🦊");
    BOOST_TEST(utf8::lower("𐐀Ⅷ") == "𐐨ⅷ"); // of four and three bytes
    BOOST_TEST(utf8::lower("ẞİ") == "ßi"); // shorter than what they stood for
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
