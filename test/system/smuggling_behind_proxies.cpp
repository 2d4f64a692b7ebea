// Does a client behind nginx or HAProxy ever get an answer that belongs to what another client has hidden in a request?
#include "test/support/haproxy.hpp"
#include "test/support/http_client.hpp"
#include "test/support/nginx.hpp"
#include "test/support/raw_client.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"
#include "test/system/smuggled_requests.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

constexpr char const* haproxy_file = BRIDGEWATCH_SOURCE_DIR "/deploy/haproxy/bridgewatch.cfg";

enum class kind { nginx, haproxy };

std::ostream& operator<<(std::ostream& out, kind which)
{
    return out << (which == kind::nginx ? "nginx" : "HAProxy");
}

/// Two instances behind a proxy with its file in deploy/. It shares its connections to them between clients, HAProxy
/// more freely than its file says, so that a poisoned one would reach the next client.
struct fleet {
    served one{"host=127.0.0.1 port=1"};
    served two{"host=127.0.0.1 port=1"};
    std::unique_ptr<nginx> by_nginx;
    std::unique_ptr<haproxy> by_haproxy;

    explicit fleet(kind which)
    {
        if (which == kind::nginx) {
            nginx::site const site{.file = BRIDGEWATCH_SOURCE_DIR "/deploy/nginx/bridgewatch.conf",
                                   .listen = "127.0.0.1:8080",
                                   .addresses = {"127.0.0.1:8081", "127.0.0.1:8082"}};
            by_nginx = std::make_unique<nginx>(site, std::vector<std::string>{one.address(), two.address()});
        } else {
            haproxy::changes const changes{{"127.0.0.1:8081", one.address()},
                                           {"127.0.0.1:8082", two.address()},
                                           {"http-reuse safe", "http-reuse always"},
                                           {"uri /readyz", "uri /livez"}}; // there is no database
            by_haproxy = std::make_unique<haproxy>(haproxy_file, "127.0.0.1:8080", changes);
        }
    }

    [[nodiscard]] std::string address() const { return by_nginx ? by_nginx->address() : by_haproxy->address(); }

    /// How often an instance has run the hidden request.
    [[nodiscard]] std::size_t hidden_runs() const
    {
        std::size_t count = 0;
        for (auto const* instance : {&one, &two})
            for (auto const& line : instance->log_lines("request"))
                count += line.at("request_id").as_string() == "smuggled" ? 1U : 0U;
        return count;
    }
};

std::size_t occurrences(std::string_view text, std::string_view what)
{
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
        ++count;
    return count;
}

/// All that the attacker gets, until the proxy closes, or waits for the rest of what it takes for a body.
std::string attack(std::string const& address, std::string const& bytes)
{
    constexpr std::chrono::milliseconds quiet{1500};
    auto const last = "GET /livez HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    return exchange_bytes(address, bytes + last, quiet).bytes;
}

/// Clients with requests of their own, on connections of their own.
void expect_own_answers(std::string const& address)
{
    for (int i = 0; i < 4; ++i) {
        auto const id = "own-" + std::to_string(i);
        auto const live = i % 2 == 0;
        auto const answer = fetch(address, live ? "/livez" : "/openapi.json", {{"X-Request-Id", id}});
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.headers.at("x-request-id") == id);
        BOOST_TEST((live ? answer.body == R"({"status":"live"})" : answer.body.find("\"openapi\"") < 40));
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(smuggling_behind_proxies)

BOOST_AUTO_TEST_CASE(haproxy_takes_the_file_as_it_is)
{
    auto const checked = haproxy::check(haproxy_file);
    BOOST_TEST(checked.status.code == 0, checked.errors);
    BOOST_TEST(checked.errors.find("WARNING") == std::string::npos, checked.errors);
}

BOOST_DATA_TEST_CASE(next_client_gets_its_own_answer, bdata::make({kind::nginx, kind::haproxy}), which)
{
    fleet const all{which};
    expect_own_answers(all.address());
    std::size_t told = 0;
    auto cases = bodies_that_look_like_requests();
    std::ranges::move(smuggling_cases(), std::back_inserter(cases));
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            auto const got = attack(all.address(), c.bytes);
            expect_own_answers(all.address());
            // What a proxy takes for a second request of the attacker is one, and its answer the attacker's.
            told += occurrences(got, "X-Request-Id: smuggled") + occurrences(got, "x-request-id: smuggled");
            auto const as_told = eventually(waits::short_limit, [&] { return all.hidden_runs() == told; });
            BOOST_TEST(as_told, "run " << all.hidden_runs() << ", told " << told << "\n" << got);
            told = all.hidden_runs();
        }
}

BOOST_DATA_TEST_CASE(requests_go_through, bdata::make({kind::nginx, kind::haproxy}), which)
{
    fleet const all{which};
    http_client client{all.address()};
    for (auto const& honest : {get(""), post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")}) {
        client.send(honest);
        auto const status = client.receive().status;
        BOOST_TEST((status == 200 || status == 405));
    }
    // A long request of the kind that bridgewatch takes.
    BOOST_TEST(fetch(all.address(), "/livez?" + std::string(15'000, 'x'), {{"X-A", std::string(30'000, 'a')}}).status ==
               200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
