// Under which origin has the client reached us, and whom do we believe?
#include "lib/http/forwarded_origin.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace bridgewatch::http;

namespace {

using header_list = std::vector<std::pair<std::string_view, std::string_view>>;

header_list fields(std::string_view proto, std::string_view host)
{
    return {{"X-Forwarded-Proto", proto}, {"X-Forwarded-Host", host}};
}

std::string origin_from(std::string_view peer, header_list const& headers, std::vector<std::string_view> const& texts)
{
    std::vector<network> trusted;
    trusted.reserve(texts.size());
    for (auto const text : texts)
        trusted.push_back(parse_network(text).value());
    auto const from = peer == "unix:" ? address{} : parse_address(peer).value();
    return forwarded_origin(from, headers, trusted);
}

std::string origin_of_host(std::string_view host)
{
    return origin_from("10.0.0.1", fields("https", host), {"10.0.0.0/8"});
}

struct peer_case {
    std::string_view name, peer;
    std::vector<std::string_view> trusted;
    bool believed;
};

std::ostream& operator<<(std::ostream& out, peer_case const& one)
{
    return out << one.name;
}

peer_case const peers[] = {
    {"nobody trusted", "10.0.0.1", {}, false},
    {"trusted", "10.0.0.1", {"10.0.0.0/8"}, true},
    {"not trusted", "9.9.9.9", {"10.0.0.0/8"}, false},
    {"trusted by the second network", "2001:db8::1", {"10.0.0.0/8", "2001:db8::/32"}, true},
    {"everyone of v4, not v6", "2001:db8::1", {"0.0.0.0/0"}, false},
    {"mapped", "::ffff:10.0.0.1", {"10.0.0.0/8"}, true},
    {"unix socket", "unix:", {"unix:"}, true},
    {"unix socket, internet trusted", "unix:", {"0.0.0.0/0", "::/0"}, false},
    {"internet, unix sockets trusted", "10.0.0.1", {"unix:"}, false},
};

struct field_case {
    std::string_view name;
    header_list headers;
    std::string_view origin;
};

std::ostream& operator<<(std::ostream& out, field_case const& one)
{
    return out << one.name;
}

field_case const field_cases[] = {
    {"none", {}, ""},
    {"Host alone", {{"Host", "audit.example"}}, ""},
    {"proto alone", {{"Host", "audit.example"}, {"X-Forwarded-Proto", "https"}}, ""},
    {"host alone", {{"Host", "audit.example"}, {"X-Forwarded-Host", "audit.example"}}, ""},
    {"both", fields("https", "audit.example"), "https://audit.example"},
    {"names in any case", {{"x-forwarded-host", "a"}, {"X-FORWARDED-PROTO", "http"}}, "http://a"},
    {"other names", {{"X-Forwarded-Hosts", "a"}, {"X-Forwarded-Proto", "http"}}, ""},
    {"scheme in any case, host as sent", fields("HttpS", "Audit.Example"), "https://Audit.Example"},
    {"blanks around", fields(" https\t", "\ta "), "https://a"},
    {"last of lists", fields("http, https", "evil.example, audit.example"), "https://audit.example"},
    {"last of lists without blanks", fields("http,https", "evil.example,audit.example"), "https://audit.example"},
    {"last of fields",
     {{"X-Forwarded-Proto", "http"},
      {"X-Forwarded-Host", "evil.example"},
      {"X-Forwarded-Proto", "https"},
      {"X-Forwarded-Host", "audit.example"}},
     "https://audit.example"},
    {"last of a list in the last field",
     {{"X-Forwarded-Host", "one"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "two, three"}},
     "https://three"},
    {"bad host last", fields("https", "audit.example, a@b"), ""},
    {"bad proto last", fields("https, ftp", "audit.example"), ""},
    {"nothing last in the host", fields("https", "audit.example,"), ""},
    {"nothing last in the proto", fields("https, ", "audit.example"), ""},
    {"empty last field", {{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "a"}, {"X-Forwarded-Host", ""}}, ""},
};

std::string_view const good_hosts[] = {
    "a",
    "audit.example",
    "AUDIT.Example",
    "my_host-1.internal",
    "10.0.0.1",
    "10.0.0.1:8080",
    "audit.example:1",
    "audit.example:65535",
    "[::1]",
    "[2001:db8::1]:8443",
    "[2001:DB8::0001]:443",
    "[::ffff:10.0.0.1]:80",
    "xn--bcher-kva.example",
};

std::string_view const bad_hosts[] = {
    "",
    ":443",
    "audit.example:",
    "audit.example:0",
    "audit.example:080",
    "audit.example:65536",
    "audit.example:4294967297",
    "audit.example:-1",
    "audit.example:+1",
    "audit.example:80x",
    "audit.example:80:90",
    "audit.example: 80",
    "audit.example/path",
    "audit.example:80/path",
    "audit.example?x",
    "audit.example#x",
    "https://audit.example",
    "//audit.example",
    "a@b",
    "user:secret@audit.example",
    "audit.example\\@evil",
    "audit example",
    "audit\texample",
    "audit.example\r\nX-Evil: 1",
    "audit.example\n",
    "audit.example\r",
    std::string_view{"audit\0example", 13},
    "\"audit.example\"",
    "a>;rel=x",
    "<a",
    "a;b",
    "a'b",
    "a%2Eb",
    "m\xc3\xbcnchen.example",
    "2001:db8::1",
    "[]",
    "[]:80",
    "[::1",
    "::1]",
    "[::1]80",
    "[::1]:",
    "[::1]:0",
    "[::1]x",
    "[::1]]",
    "[[::1]]",
    "[10.0.0.1]",
    "[audit.example]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[v1.a]",
    "a[::1]",
};

std::string_view const bad_protos[] = {"",
                                       "ftp",
                                       "javascript",
                                       "javascript:",
                                       "wss",
                                       "on",
                                       "https:",
                                       "https://",
                                       "https://evil",
                                       "\"https\"",
                                       "ht tp",
                                       "httpss",
                                       "http\n",
                                       "https\r\nX-Evil: 1",
                                       "https;a",
                                       "1",
                                       "http://a/?https",
                                       "h",
                                       "\xc5\xbf"};

} // namespace

BOOST_AUTO_TEST_SUITE(http_forwarded_origin)

BOOST_DATA_TEST_CASE(only_trusted_peers_are_believed, bdata::make(peers), one)
{
    auto const origin = origin_from(one.peer, fields("https", "audit.example:8443"), one.trusted);
    BOOST_TEST(origin == (one.believed ? "https://audit.example:8443" : ""));
}

BOOST_DATA_TEST_CASE(last_value_of_both_fields_counts, bdata::make(field_cases), one)
{
    BOOST_TEST(origin_from("10.0.0.1", one.headers, {"10.0.0.0/8"}) == one.origin);
}

BOOST_DATA_TEST_CASE(what_is_a_host, bdata::make(good_hosts), host)
{
    BOOST_TEST(origin_of_host(host) == "https://" + std::string{host});
}

BOOST_DATA_TEST_CASE(what_is_no_host, bdata::make(bad_hosts), host)
{
    BOOST_TEST(origin_of_host(host) == "");
}

BOOST_DATA_TEST_CASE(what_is_no_scheme, bdata::make(bad_protos), proto)
{
    BOOST_TEST(origin_from("10.0.0.1", fields(proto, "audit.example"), {"10.0.0.0/8"}) == "");
}

BOOST_AUTO_TEST_CASE(host_has_a_limit)
{
    std::string const longest(255, 'a');
    BOOST_TEST(origin_of_host(longest) == "https://" + longest);
    BOOST_TEST(origin_of_host(longest + ":65535") == "https://" + longest + ":65535");
    BOOST_TEST(origin_of_host(longest + "a") == "");
    BOOST_TEST(origin_of_host("[::" + std::string(30000, '0') + "1]") == "");
    BOOST_TEST(origin_of_host("a:" + std::string(30000, '1')) == "");
}

BOOST_AUTO_TEST_SUITE_END()
