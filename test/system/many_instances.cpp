#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/http_client.hpp"
#include "test/support/nginx.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

namespace database = contract_database;

constexpr unsigned first = 101, last = 160;

std::unique_ptr<served> instance(std::string const& conninfo)
{
    return std::make_unique<served>(
        conninfo, std::vector<std::string>{"--trusted-proxies", "127.0.0.0/8", "--auth-cache-ttl", "0s"});
}

/// Two instances behind the nginx of deploy/nginx, which gives each request to the next of them.
struct fleet {
    std::string conninfo = database::create();
    std::vector<std::unique_ptr<served>> instances;
    std::unique_ptr<nginx> proxy;

    fleet()
    {
        database::add_interceptions(conninfo, first, last);
        for (int i = 0; i < 2; ++i)
            instances.push_back(instance(conninfo));
        nginx::site const site{.file = BRIDGEWATCH_SOURCE_DIR "/deploy/nginx/bridgewatch.conf",
                               .listen = "127.0.0.1:8080",
                               .addresses = {"127.0.0.1:8081", "127.0.0.1:8082"}};
        proxy =
            std::make_unique<nginx>(site, std::vector<std::string>{instances[0]->address(), instances[1]->address()});
    }

    [[nodiscard]] http_answer get(std::string const& target) const
    {
        return fetch(proxy->address(), target, {{"Coder-Session-Token", database::token("keyowner00")}});
    }
};

struct walk {
    std::string_view name, start, list;
};

std::ostream& operator<<(std::ostream& out, walk const& w)
{
    return out << w.name;
}

constexpr walk walks[] = {
    {"interceptions", "/api/v2/aibridge/interceptions?limit=4", "results"},
    {"interceptions of a search", "/api/v2/aibridge/interceptions?limit=4&q=prompt%3Aprompt%20tool%3Abash", "results"},
    {"interceptions by offset", "/api/v2/aibridge/interceptions?limit=4&offset=1", "results"},
    {"sessions", "/api/v2/aibridge/sessions?limit=4", "sessions"},
};

std::string next_target(http_answer const& answer)
{
    constexpr std::string_view origin = "http://test";
    if (!answer.headers.contains("link"))
        return {};
    auto const& link = answer.headers.at("link");
    BOOST_TEST_REQUIRE(link.starts_with("<" + std::string{origin} + "/"), link);
    return link.substr(1 + origin.size(), link.find('>') - 1 - origin.size());
}

} // namespace

BOOST_AUTO_TEST_SUITE(many_instances)

BOOST_DATA_TEST_CASE(page_of_one_instance_goes_on_at_the_other, bdata::make(walks), walk)
{
    fleet const all;
    std::vector<std::string> ids;
    for (std::string target{walk.start}; !target.empty();) {
        auto const answer = all.get(target);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        auto const body = answer.json();
        for (auto const& each : body.at(walk.list).as_array())
            ids.emplace_back(each.at("id").as_string());
        BOOST_TEST_REQUIRE(ids.size() <= last); // a walk that does not end
        target = next_target(answer);
    }
    std::vector<std::string> expected;
    auto const newest = walk.start.find("offset=1") == std::string_view::npos ? last : last - 1;
    for (unsigned number = newest; number >= first; --number)
        expected.push_back(database::id(number));
    BOOST_TEST(ids == expected, boost::test_tools::per_element());
    for (auto const& each : all.instances)
        BOOST_TEST(eventually(waits::limit,
                              [&] { return each->log_lines("request").size() >= 7U; })); // 15 pages, turn by turn
}

BOOST_AUTO_TEST_CASE(walk_goes_on_where_an_instance_has_ended)
{
    fleet all;
    auto const page = all.get(std::string{walks[0].start});
    BOOST_TEST_REQUIRE(page.status == 200, page.body);
    all.instances.front().reset();
    for (int i = 0; i < 4; ++i) {
        auto const next = all.get(next_target(page));
        BOOST_TEST_REQUIRE(next.status == 200, next.body);
        BOOST_TEST(next.json().at("results").at(0).at("id").as_string() == database::id(last - 4));
    }
}

BOOST_AUTO_TEST_CASE(revoked_key_is_refused_by_all)
{
    fleet const all;
    auto const target = std::string{walks[0].start};
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(all.get(target).status == 200);
    cluster::execute(all.conninfo, "DELETE FROM api_keys WHERE id = 'keyowner00'");
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(all.get(target).status == 401);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
