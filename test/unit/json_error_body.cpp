// Is an error's body valid JSON with its keys in order, whatever bytes its texts have?
#include "lib/json/error_body.hpp"
#include "lib/json/escape.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace std::string_literals;
using namespace bridgewatch::json;

namespace {

struct escape_case {
    std::string_view name;
    std::string text, written;
};

std::ostream& operator<<(std::ostream& out, escape_case const& one)
{
    return out << one.name;
}

std::string const bad = "\xEF\xBF\xBD";

escape_case const escapes[] = {
    {"plain", "plain", "plain"},
    {"empty", "", ""},
    {"quotes", "a\"b\\c", R"(a\"b\\c)"},
    {"short controls", "\b\f\n\r\t", R"(\b\f\n\r\t)"},
    {"other controls", "\0\x1f"s, R"(\u0000\u001f)"},
    {"DEL as it is", "\x7f", "\x7f"},
    {"two, three, four bytes", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
    {"single byte", "a\xFFz", "a" + bad + "z"},
    {"continuation alone", "\x80", bad},
    {"truncated", "\xE2\x82", bad + bad},
    {"truncated, then text", "\xE2\x82z", bad + bad + "z"},
    {"overlong", "\xC0\xAF", bad + bad},
    {"overlong of three", "\xE0\x80\xAF", bad + bad + bad},
    {"surrogate", "\xED\xA0\x80", bad + bad + bad},
    {"last before the surrogates", "\xED\x9F\xBF", "\xED\x9F\xBF"},
    {"past the end of Unicode", "\xF4\x90\x80\x80", bad + bad + bad + bad},
    {"last of Unicode", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(json_error_body)

BOOST_DATA_TEST_CASE(text_is_escaped, bdata::make(escapes), one)
{
    std::string out = ":";
    append_string(out, one.text);
    BOOST_TEST(out == ":\"" + one.written + "\"");
}

BOOST_AUTO_TEST_CASE(empty_parts_are_omitted)
{
    BOOST_TEST(error_body("Route not found.") == R"({"message":"Route not found."})");
    BOOST_TEST(error_body("M", "D") == R"({"message":"M","detail":"D"})");
}

BOOST_AUTO_TEST_CASE(validations_come_in_order)
{
    std::vector<validation> const faults{{.field = "q", .detail = "bad", .position = 16, .length = 5},
                                         {.field = "limit", .detail = "say \"5\""}};
    BOOST_TEST(error_body("M", "", faults) ==
               R"({"message":"M","validations":[{"field":"q","detail":"bad","position":16,"length":5},)"
               R"({"field":"limit","detail":"say \"5\""}]})");
}

BOOST_AUTO_TEST_SUITE_END()
