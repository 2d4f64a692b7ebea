// Who is the client behind trusted proxies, and what is an address, a network, an endpoint?
#include "lib/http/address.hpp"
#include "lib/http/server.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string_view>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace bridgewatch::http;

namespace {

struct forwarded_case {
    std::string_view name, peer;
    std::vector<std::string_view> fields;
    std::vector<std::string_view> trusted;
    std::string_view client;
};

std::ostream& operator<<(std::ostream& out, forwarded_case const& one)
{
    return out << one.name;
}

forwarded_case const forwarded[] = {
    {"nobody trusted", "10.0.0.1", {"1.2.3.4"}, {}, "10.0.0.1"},
    {"peer not trusted", "9.9.9.9", {"1.2.3.4"}, {"10.0.0.0/8"}, "9.9.9.9"},
    {"peer trusted", "10.0.0.1", {"1.2.3.4"}, {"10.0.0.0/8"}, "1.2.3.4"},
    {"no field", "10.0.0.1", {}, {"10.0.0.0/8"}, "10.0.0.1"},
    {"forged first entry", "10.0.0.1", {"6.6.6.6, 1.2.3.4"}, {"10.0.0.0/8"}, "1.2.3.4"},
    {"two proxies", "10.0.0.1", {"1.2.3.4 , 10.0.0.2"}, {"10.0.0.0/8"}, "1.2.3.4"},
    {"two fields", "10.0.0.1", {"6.6.6.6,1.2.3.4", "10.0.0.2"}, {"10.0.0.0/8"}, "1.2.3.4"},
    {"all trusted", "10.0.0.1", {"10.0.0.3, 10.0.0.2"}, {"10.0.0.0/8"}, "10.0.0.3"},
    {"unknown ends it", "10.0.0.1", {"1.2.3.4, unknown"}, {"10.0.0.0/8"}, "10.0.0.1"},
    {"empty entry ends it", "10.0.0.1", {"1.2.3.4,"}, {"10.0.0.0/8"}, "10.0.0.1"},
    {"with port", "10.0.0.1", {"1.2.3.4:567"}, {"10.0.0.0/8"}, "1.2.3.4"},
    {"v6", "2001:db8::1", {"2001:DB8:1::0001"}, {"2001:db8::/48"}, "2001:db8:1::1"},
    {"v6 with port", "2001:db8::1", {"[2001:db8:1::1]:80"}, {"2001:db8::/48"}, "2001:db8:1::1"},
    {"mapped peer", "::ffff:10.0.0.1", {"1.2.3.4"}, {"10.0.0.0/8"}, "1.2.3.4"},
    {"prefix within a byte", "10.0.0.65", {"1.2.3.4"}, {"10.0.0.64/26"}, "1.2.3.4"},
    {"just past the prefix", "10.0.0.128", {"1.2.3.4"}, {"10.0.0.64/26"}, "10.0.0.128"},
    {"everyone of v4, not v6", "2001:db8::1", {"1.2.3.4"}, {"0.0.0.0/0"}, "2001:db8::1"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_address)

BOOST_DATA_TEST_CASE(client_is_found_from_the_right, bdata::make(forwarded), one)
{
    std::vector<network> trusted;
    trusted.reserve(one.trusted.size());
    for (auto const text : one.trusted)
        trusted.push_back(parse_network(text).value());
    BOOST_TEST(to_string(client_address(parse_address(one.peer).value(), one.fields, trusted)) == one.client);
}

BOOST_AUTO_TEST_CASE(clients_of_unix_sockets_can_be_trusted)
{
    std::vector<std::string_view> const fields{"1.2.3.4"};
    std::vector<network> const trusted{parse_network("unix:").value()};
    BOOST_TEST(to_string(client_address(address{}, fields, trusted)) == "1.2.3.4");
    std::vector<network> const others{parse_network("0.0.0.0/0").value(), parse_network("::/0").value()};
    BOOST_TEST(to_string(client_address(address{}, fields, others)) == "unix:");
}

BOOST_AUTO_TEST_CASE(an_address_does_not_end_at_a_nul_byte)
{
    using namespace std::string_view_literals;
    for (auto const text : {"10.0.0.1\0"sv, "10.0.0.1\0x"sv, "::1\0"sv, "\0"sv})
        BOOST_TEST(!parse_address(text));
    BOOST_TEST(!parse_network("10.0.0.0\0/8"sv));
}

BOOST_DATA_TEST_CASE(what_is_no_network,
                     bdata::make({"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
                                  "::1/129", "2001:db8::1/32", "10.0.0.0/8/8", "10.0.0"}),
                     text)
{
    BOOST_TEST(!parse_network(text).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_an_endpoint)
{
    auto const v4 = parse_endpoint("127.0.0.1:8080");
    BOOST_TEST_REQUIRE(v4.has_value());
    BOOST_TEST(v4->host == "127.0.0.1");
    BOOST_TEST(v4->port == 8080);
    auto const v6 = parse_endpoint("[::1]:0");
    BOOST_TEST_REQUIRE(v6.has_value());
    BOOST_TEST(v6->host == "::1");
    BOOST_TEST(v6->port == 0);
    auto const local = parse_endpoint("unix:/run/x.sock");
    BOOST_TEST_REQUIRE(local.has_value());
    BOOST_TEST(local->unix_path == "/run/x.sock");
    BOOST_TEST(local->host.empty());
}

BOOST_DATA_TEST_CASE(what_is_no_endpoint,
                     bdata::make({"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1",
                                  "127.0.0.1:80x", "::1:8080", "[::1]", "[127.0.0.1]:80", "localhost:80",
                                  "unix:", "[::1:80", "256.0.0.1:80"}),
                     text)
{
    BOOST_TEST(!parse_endpoint(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
