#include "db/sql/values.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <random>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::sql {
namespace {

struct pattern_case {
    std::string_view text, pattern;
};

std::ostream& operator<<(std::ostream& out, pattern_case const& c)
{
    return out << '"' << c.text << '"';
}

pattern_case const like_cases[] = {
    {"", ""},
    {"*", "%"},
    {"claude-*", "claude-%"},
    {"*-mini", "%-mini"},
    {"a*b**c", "a%b%%c"},
    {"100%", R"(100\%)"},
    {"snake_case", R"(snake\_case)"},
    {R"(back\slash)", R"(back\\slash)"},
    {R"(\*)", R"(\\%)"},
    {R"(\%_*)", R"(\\\%\_%)"},
    {"'; --$1", "'; --$1"},
    {R"("quotes")", R"("quotes")"},
    {"é*模", "é%模"},
};

pattern_case const substring_cases[] = {
    {"a", "%a%"},
    {"*", "%*%"},
    {"rm -rf *", "%rm -rf *%"},
    {"100%", R"(%100\%%)"},
    {"snake_case", R"(%snake\_case%)"},
    {R"(C:\temp)", R"(%C:\\temp%)"},
    {R"(\)", R"(%\\%)"},
    {"'; --$1", "%'; --$1%"},
    {"é模", "%é模%"},
};

struct match_case {
    std::string_view pattern, text;
    bool matches;
};

std::ostream& operator<<(std::ostream& out, match_case const& c)
{
    return out << '"' << c.pattern << "\" against \"" << c.text << '"';
}

match_case const match_cases[] = {
    {"", "", true},
    {"", "a", false},
    {"a", "", false},
    {"*", "", true},
    {"**", "", true},
    {"*", "anything", true},
    {"a", "a", true},
    {"a", "A", false},
    {"a", "aa", false},
    {"aa", "a", false},
    {"a*", "a", true},
    {"a*", "abc", true},
    {"a*", "ba", false},
    {"*a", "a", true},
    {"*a", "bca", true},
    {"*a", "ab", false},
    {"*a", "aba", true},
    {"a*c", "abc", true},
    {"a*c", "ac", true},
    {"a*c", "abcd", false},
    {"a*b*c", "axbxc", true},
    {"a*b*c", "axcxb", false},
    {"*ab", "aab", true},
    {"*ab*", "xxaabxx", true},
    {"*aab", "aaab", true},
    {"a**b", "ab", true},
    {"Unk*", "Unknown", true},
    {"unk*", "Unknown", false},
    {"*known", "Unknown", true},
    {"U*k*n*n", "Unknown", true},
    {"%", "a", false},
    {"_", "a", false},
    {"%", "%", true},
    {R"(\*)", "*", false},
    {R"(\*)", R"(\a)", true},
};

/// Says the same by trying everything.
bool matches_slowly(std::string_view pattern, std::string_view text)
{
    if (pattern.empty())
        return text.empty();
    if (pattern.front() == '*')
        return matches_slowly(pattern.substr(1), text) || (!text.empty() && matches_slowly(pattern, text.substr(1)));
    return !text.empty() && pattern.front() == text.front() && matches_slowly(pattern.substr(1), text.substr(1));
}

struct json_case {
    std::string_view name;
    std::vector<std::string> path, values, objects;
};

std::ostream& operator<<(std::ostream& out, json_case const& c)
{
    return out << c.name;
}

json_case const json_cases[] = {
    {"string", {"team"}, {"payments"}, {R"({"team":"payments"})"}},
    {"nested", {"a", "b", "c"}, {"x"}, {R"({"a":{"b":{"c":"x"}}})"}},
    {"number", {"k"}, {"5"}, {R"({"k":"5"})", R"({"k":5})"}},
    {"numbers as they are written", {"k"}, {"-1.50e3"}, {R"({"k":"-1.50e3"})", R"({"k":-1.50e3})"}},
    {"boolean", {"k"}, {"true", "false"}, {R"({"k":"true"})", R"({"k":true})", R"({"k":"false"})", R"({"k":false})"}},
    {"what only looks like one",
     {"k"},
     {"True", "null", "05", "1.", "+1", "NaN", "1e1000"},
     {R"({"k":"True"})", R"({"k":"null"})", R"({"k":"05"})", R"({"k":"1."})", R"({"k":"+1"})", R"({"k":"NaN"})",
      R"({"k":"1e1000"})"}},
    {"several", {"k"}, {"a", "1", "b"}, {R"({"k":"a"})", R"({"k":"1"})", R"({"k":1})", R"({"k":"b"})"}},
    {"nothing", {"k"}, {}, {}},
    {"quotes, braces and backslashes",
     {R"(a"b)", R"(c\)"},
     {R"("},{"x":1,"y":")"},
     {R"({"a\"b":{"c\\":"\"},{\"x\":1,\"y\":\""}})"}},
    {"control characters", {"k"}, {"a\tb\n\x01\x1f"}, {R"({"k":"a\tb\n\u0001\u001f"})"}},
    {"beyond ASCII", {"é"}, {"模🦊"}, {R"({"é":"模🦊"})"}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(sql_values)

BOOST_DATA_TEST_CASE(pattern_of_the_language_as_one_of_like, bdata::make(like_cases), c)
{
    BOOST_TEST(like_pattern(c.text) == c.pattern);
}

BOOST_DATA_TEST_CASE(substring_as_a_pattern_of_like, bdata::make(substring_cases), c)
{
    BOOST_TEST(substring_pattern(c.text) == c.pattern);
}

BOOST_DATA_TEST_CASE(text_matches_a_pattern, bdata::make(match_cases), c)
{
    BOOST_TEST(matches(c.pattern, c.text) == c.matches);
}

BOOST_AUTO_TEST_CASE(matching_agrees_with_a_slow_one)
{
    constexpr unsigned seed = 20250304;
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    auto const text_of = [&random](std::string_view letters, std::size_t longest) {
        std::string out(random() % (longest + 1), ' ');
        for (char& c : out)
            c = letters[random() % letters.size()];
        return out;
    };
    std::size_t matched = 0;
    constexpr int rounds = 20'000;
    for (int i = 0; i < rounds; ++i) {
        auto const pattern = text_of("ab**", 6);
        auto const text = text_of("ab", 8);
        bool const got = matches(pattern, text);
        BOOST_TEST_REQUIRE(got == matches_slowly(pattern, text), pattern << " against " << text);
        matched += got ? 1 : 0;
    }
    BOOST_TEST(matched > rounds / 10);
    BOOST_TEST(matched < rounds * 9 / 10);
}

BOOST_DATA_TEST_CASE(objects_that_hold_a_value, bdata::make(json_cases), c)
{
    auto const made = containing_objects(c.path, c.values);
    BOOST_TEST(made == c.objects, boost::test_tools::per_element());
    for (auto const& object : made) {
        boost::system::error_code bad;
        auto at = boost::json::parse(object, bad);
        BOOST_TEST_REQUIRE(!bad, object);
        for (auto const& name : c.path) {
            auto const& here = at.as_object();
            BOOST_TEST_REQUIRE(here.size() == 1U);
            BOOST_TEST((here.begin()->key() == name));
            at = boost::json::value{here.begin()->value()};
        }
        BOOST_TEST(!at.is_structured());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::sql
