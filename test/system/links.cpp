#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/http_client.hpp"
#include "test/support/nginx.hpp"
#include "test/support/served.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace bridgewatch::test;
namespace database = contract_database;

constexpr char const* says_who_it_is = "proxy_set_header X-Forwarded-Proto https;\n"
                                       "proxy_set_header X-Forwarded-Host audit.example;\n";

/// The program behind nginx, with a few sessions of which one has a slash in its id.
struct proxied {
    std::string conninfo = database::create();
    served server;
    nginx proxy;

    explicit proxied(std::vector<std::string> const& options, char const* headers = says_who_it_is)
        : server{conninfo, options}, proxy{{server.address()}, headers}
    {
        database::add_interceptions(conninfo, 101, 105);
        cluster::execute(conninfo, "UPDATE aibridge_interceptions SET client_session_id = 'team/a b' WHERE id = '" +
                                       database::id(105) + "'");
    }

    [[nodiscard]] http_answer get(std::string const& target) const
    {
        return fetch(proxy.address(), target, {{"Coder-Session-Token", database::token("keyowner00")}});
    }
};

/// What stands between the angle brackets of a Link header.
std::string target_of(std::string const& link)
{
    return link.substr(1, link.find('>') - 1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(links)

BOOST_AUTO_TEST_CASE(link_behind_a_trusted_proxy_is_what_the_client_can_open)
{
    proxied const s{{"--trusted-proxies", "127.0.0.0/8"}};
    std::string const origin = "https://audit.example";
    std::string target = "/api/v2/aibridge/sessions?limit=2&count=none&q=has%3Aprompt";
    std::size_t sessions = 0;
    for (int page = 0; page < 3; ++page) {
        auto const answer = s.get(target);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        sessions += answer.json().at("sessions").as_array().size();
        if (!answer.headers.contains("link"))
            break;
        auto const link = target_of(answer.headers.at("link"));
        BOOST_TEST_REQUIRE(link.starts_with(origin + "/api/v2/aibridge/sessions?limit=2&count=none&q=has%3Aprompt&"),
                           link);
        target = link.substr(origin.size());
    }
    BOOST_TEST(sessions == 5U);
}

BOOST_AUTO_TEST_CASE(link_is_relative_where_the_proxy_is_not_trusted_or_does_not_say)
{
    proxied const untrusted{{}};
    auto const link = untrusted.get("/api/v2/ai-gateway/models?limit=1&offset=0").headers;
    BOOST_TEST(!link.contains("link")); // one model
    auto const page = untrusted.get("/api/v2/ai-gateway/interceptions?limit=1");
    BOOST_TEST(page.headers.at("link") ==
               "</api/v2/ai-gateway/interceptions?limit=1&after_id=" + database::id(105) + ">; rel=\"next\"");
    proxied const silent{{"--trusted-proxies", "127.0.0.0/8"}, ""};
    BOOST_TEST(silent.get("/api/v2/aibridge/interceptions?limit=1").headers.at("link").starts_with("</api/v2/"));
}

BOOST_AUTO_TEST_CASE(long_query_is_answered_without_a_link)
{
    proxied const s{{"--trusted-proxies", "127.0.0.0/8"}};
    auto const query = "/api/v2/aibridge/interceptions?limit=1&q=-model%3A" + std::string(3900, 'm');
    auto const answer = s.get(query);
    BOOST_TEST(answer.status == 200, answer.body);
    BOOST_TEST(!answer.headers.contains("link"));
    BOOST_TEST(answer.json().at("results").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(session_ids_survive_the_way_through_the_proxy)
{
    proxied const s{{}};
    for (auto const* spelling : {"team%2Fa%20b", "team/a%20b"}) {
        auto const answer = s.get(std::string{"/api/v2/aibridge/sessions/"} + spelling);
        BOOST_TEST(answer.status == 200, answer.body);
        BOOST_TEST(answer.json().at("id").as_string() == "team/a b");
    }
}

BOOST_AUTO_TEST_SUITE_END()
