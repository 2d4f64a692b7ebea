// Does what is told of credentials and values show no secret, and stay valid JSON?
#include "lib/json/session_body.hpp"
#include "lib/json/values_body.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace std::string_literals;
using namespace bridgewatch::json;

struct hint_case {
    std::string_view name, hint, shown;
};

std::ostream& operator<<(std::ostream& out, hint_case const& c)
{
    return out << c.name;
}

hint_case const hint_cases[] = {
    {"as upstream makes them", "sk-a...wxyz", "sk-a...wxyz"},
    {"empty", "", ""},
    {"all hidden", "...", "..."},
    {"hidden start", "...z", "...z"},
    {"hidden end", "a...", "a..."},
    {"four dots", "a....z", "a....z"},
    {"longest", "sk-an...6789abc", "sk-an...6789abc"},
    {"one byte longer", "sk-ant...6789abc", "..."},
    {"longer in bytes, not in characters", "sk-é...é789abc🦊", "sk-é...é789abc🦊"},
    {"a whole key that holds dots", "sk-ant-REDACTED...", "..."},
    {"short and hides nothing", "s", "..."},
    {"a short secret", "hunter2", "..."},
    {"fifteen bytes that hide nothing", "sk-ant-REDACTED", "..."},
    {"two dots", "sk..yz", "..."},
    {"dots apart", "s.k.y.z", "..."},
    {"the ellipsis that is one character", "sk…yz", "..."},
};

struct values_case {
    std::string_view name;
    std::vector<std::string> values;
    std::string_view body;
};

std::ostream& operator<<(std::ostream& out, values_case const& c)
{
    return out << c.name;
}

values_case const values_cases[] = {
    {"none", {}, "[]"},
    {"one", {"o3"}, R"(["o3"])"},
    {"several, in their order", {"o3", "claude-opus-4", "a"}, R"(["o3","claude-opus-4","a"])"},
    {"empty", {""}, R"([""])"},
    {"quotes and backslashes", {R"(","x)", R"(C:\)"}, R"(["\",\"x","C:\\"])"},
    {"control characters", {"a\tb\n", "\0\x1f"s}, R"(["a\tb\n","\u0000\u001f"])"},
    {"beyond ASCII", {"é模🦊"}, R"(["é模🦊"])"},
    {"not UTF-8", {"a\xFFz"}, "[\"a\xEF\xBF\xBDz\"]"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(json_session)

BOOST_DATA_TEST_CASE(hint_is_shown_where_it_is_one, bdata::make(hint_cases), c)
{
    BOOST_TEST(masked_hint(c.hint) == c.shown);
}

BOOST_DATA_TEST_CASE(values_are_an_array_of_strings, bdata::make(values_cases), c)
{
    auto const body = values_body(c.values);
    BOOST_TEST(body == c.body);
    boost::system::error_code bad;
    auto const read = boost::json::parse(body, bad);
    BOOST_TEST_REQUIRE(!bad);
    BOOST_TEST(read.as_array().size() == c.values.size());
}

BOOST_AUTO_TEST_SUITE_END()
