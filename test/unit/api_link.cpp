// Does a Link header keep what the caller has asked, and nothing that must not get into it?
#include "lib/api/link.hpp"
#include "lib/api/query_parameters.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

using parameters = std::vector<api::link_parameter>;
using names = std::vector<std::string_view>;

std::string link_from(std::string_view target, parameters const& set, names const& drop = {},
                      std::string_view origin = {})
{
    http::request request{};
    request.target = target;
    request.origin = origin;
    return api::link_to(request, "next", set, drop);
}

/// What stands between the angle brackets.
std::string uri_in(std::string const& link)
{
    auto const end = link.find('>');
    BOOST_TEST_REQUIRE(link.starts_with('<'));
    BOOST_TEST_REQUIRE(link.substr(end) == ">; rel=\"next\"");
    return link.substr(1, end - 1);
}

struct target_case {
    char const* name;
    std::string_view target;
    parameters set;
    names drop;
    std::string_view uri;
};

std::ostream& operator<<(std::ostream& out, target_case const& one)
{
    return out << one.name;
}

target_case const parameter_cases[] = {
    {"nothing at all", "/s", {}, {}, "/s"},
    {"the first parameter", "/s", {{"after_id", "x"}}, {}, "/s?after_id=x"},
    {"after the caller's", "/s?limit=25&q=a", {{"after_id", "x"}}, {}, "/s?limit=25&q=a&after_id=x"},
    {"several, in order", "/s", {{"b", "1"}, {"a", "2"}}, {}, "/s?b=1&a=2"},
    {"set replaces", "/s?after_id=old&limit=2", {{"after_id", "new"}}, {}, "/s?limit=2&after_id=new"},
    {"set replaces all of them", "/s?a=1&b=2&a=3&a", {{"a", "4"}}, {}, "/s?b=2&a=4"},
    {"set of an empty value", "/s?a=1", {{"a", ""}}, {}, "/s?a="},
    {"dropped", "/s?offset=5&limit=2&offset", {{"a", "1"}}, {"offset"}, "/s?limit=2&a=1"},
    {"several dropped", "/s?a=1&b=2&c=3", {}, {"a", "c"}, "/s?b=2"},
    {"all dropped", "/s?a=1&a=2", {}, {"a"}, "/s"},
    {"escaped name", "/s?%61fter%5fid=old&l=2", {{"after_id", "x"}}, {}, "/s?l=2&after_id=x"},
    {"escaped name that is dropped", "/s?%6Fffset=1", {}, {"offset"}, "/s"},
    {"plus in a name is a space", "/s?a+b=1&a%20b=2&c=3", {}, {"a b"}, "/s?c=3"},
    {"names of another case stay", "/s?Limit=1", {}, {"limit"}, "/s?Limit=1"},
    {"longer names stay", "/s?offsets=1&xoffset=2&offset[]=3", {}, {"offset"}, "/s?offsets=1&xoffset=2&offset%5B%5D=3"},
    {"escape that hides an equals sign", "/s?offset%3D=1", {}, {"offset"}, "/s?offset%3D=1"},
    {"order, repeats and spelling", "/s?b=%41+c&a=&b=%c3%A4&c", {}, {}, "/s?b=%41+c&a=&b=%c3%A4&c"},
    {"equals signs in a value", "/s?q=a=b==", {}, {}, "/s?q=a=b=="},
    {"empty pieces", "/s?&&a=1&&&b=2&", {{"c", "3"}}, {}, "/s?a=1&b=2&c=3"},
    {"no name", "/s?=1&=", {}, {}, "/s?=1&="},
    {"mark alone", "/s?", {}, {}, "/s"},
    {"ampersands alone", "/s?&&", {}, {}, "/s"},
    {"second mark", "/s?a=1?b=2", {}, {"b"}, "/s?a=1?b=2"},
    {"value is encoded",
     "/s",
     {{"id", "a b/c&d=e+f%41?#\"<>\r\n\xc3\xa4~._-"}},
     {},
     "/s?id=a%20b%2Fc%26d%3De%2Bf%2541%3F%23%22%3C%3E%0D%0A%C3%A4~._-"},
    {"name is encoded", "/s", {{"a b", "1"}}, {}, "/s?a%20b=1"},
    {"token", "/s?coder_session_token=abc-def&a=1", {}, {}, "/s?a=1"},
    {"token alone", "/s?coder_session_token=abc-def", {}, {}, "/s"},
    {"token twice", "/s?a=1&coder_session_token=&coder_session_token=abc-def", {}, {}, "/s?a=1"},
    {"token with escapes in its name", "/s?coder%5Fsession%5ftoken=abc&%63oder_session_token=def", {}, {}, "/s"},
    {"token behind empty pieces", "/s?&&coder_session_token=abc&&", {{"a", "1"}}, {}, "/s?a=1"},
};

target_case const path_cases[] = {
    {"as sent", "/api/v2/aibridge/sessions/", {}, {}, "/api/v2/aibridge/sessions/"},
    {"escapes", "/s/a%2Fb%20c", {}, {}, "/s/a%2Fb%20c"},
    {"all that may stand", "/a-._~!$&'()*+,;=:@/b", {}, {}, "/a-._~!$&'()*+,;=:@/b"},
    {"root", "/", {}, {}, "/"},
    {"query alone", "/?a=1", {}, {}, "/?a=1"},
    {"other host", "//evil.example/x?a=1", {}, {}, "/evil.example/x?a=1"},
    {"more slashes", "////evil.example//x", {}, {}, "/evil.example//x"},
    {"slashes alone", "///", {}, {}, "/"},
    {"backslash", "/\\evil.example", {}, {}, "/%5Cevil.example"},
    {"tab", "/\t/evil.example", {}, {}, "/%09/evil.example"},
    {"no slash", "javascript:alert(1)", {}, {}, "/javascript:alert(1)"},
    {"empty", "", {}, {}, "/"},
    {"end of the link", "/a>; rel=\"prev\", <b", {}, {}, "/a%3E;%20rel=%22prev%22,%20%3Cb"},
};

target_case const data_cases[] = {
    {"quotes", "/s?q=client:\"Claude Code\"", {}, {}, "/s?q=client:%22Claude%20Code%22"},
    {"comparison", "/s?q=input_tokens:>5", {}, {}, "/s?q=input_tokens:%3E5"},
    {"end of the link", "/s?q=x>;rel=\"prev\",<y", {}, {}, "/s?q=x%3E;rel=%22prev%22,%3Cy"},
    {"brackets and the like", "/s?q=[a]{b}|^`\\", {}, {}, "/s?q=%5Ba%5D%7Bb%7D%7C%5E%60%5C"},
    {"fragment is data", "/s?q=a#b&c=1", {}, {}, "/s?q=a%23b&c=1"},
    {"line break", "/s?q=a\r\nX-Evil: 1", {}, {}, "/s?q=a%0D%0AX-Evil:%201"},
    {"beyond ASCII", "/s?q=\xc3\xa4\xff\x7f\x80", {}, {}, "/s?q=%C3%A4%FF%7F%80"},
    {"percent signs stay", "/s?q=%&r=%4&s=%zz&t=%0d%0A", {}, {}, "/s?q=%&r=%4&s=%zz&t=%0d%0A"},
};

bool may_stand_in_link(char byte)
{
    return '!' <= byte && byte <= '~' && std::string_view{"\"<>[]\\^`{|}#"}.find(byte) == std::string_view::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_link)

BOOST_DATA_TEST_CASE(parameters_are_kept_set_and_dropped, bdata::make(parameter_cases), one)
{
    BOOST_TEST(uri_in(link_from(one.target, one.set, one.drop)) == one.uri);
}

BOOST_DATA_TEST_CASE(path_stays_on_this_host, bdata::make(path_cases), one)
{
    BOOST_TEST(uri_in(link_from(one.target, one.set, one.drop)) == one.uri);
    auto const absolute = uri_in(link_from(one.target, one.set, one.drop, "https://audit.example:8443"));
    BOOST_TEST(absolute == "https://audit.example:8443" + std::string{one.uri});
}

BOOST_DATA_TEST_CASE(what_callers_send_raw_is_encoded, bdata::make(data_cases), one)
{
    BOOST_TEST(uri_in(link_from(one.target, one.set, one.drop)) == one.uri);
}

BOOST_AUTO_TEST_CASE(relation_is_named)
{
    http::request request{};
    request.target = "/s?offset=5&limit=2";
    BOOST_TEST(api::link_to(request, "first", {}, {"offset"}) == "</s?limit=2>; rel=\"first\"");
}

BOOST_DATA_TEST_CASE(every_byte_comes_back, bdata::xrange(256), number)
{
    std::string const value{'x', static_cast<char>(number), 'y'};
    auto const target = "/s?kept=" + value;
    auto const uri = uri_in(link_from(target, {{"set", value}}));
    BOOST_TEST(std::ranges::all_of(uri, may_stand_in_link), uri);

    api::query_parameters const sent{api::split_target(target).second};
    api::query_parameters const read{api::split_target(uri).second};
    BOOST_TEST(read.first("kept").value() == sent.first("kept").value());
    BOOST_TEST(read.first("set").value() == value);
}

BOOST_AUTO_TEST_SUITE_END()
