#include "test/support/audit_log.hpp"
#include "test/support/open_load.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

// More requests than can be served, for as long as one likes. test/bench/overload.sh prints figures of real pages.
namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// A page takes 20 ms of waiting in the database, so that four connections serve 200 a second at most, and the machine
/// has little to do.
void slow_down(audit_log const& log)
{
    log.execute("CREATE OR REPLACE VIEW visible_users AS WITH a_while AS MATERIALIZED (SELECT pg_sleep(0.02)) "
                "SELECT id, username, name, avatar_url FROM users, a_while");
}

open_load pages_of(served const& server, std::vector<open_load::stretch> stretches)
{
    return {.address = server.address(),
            .target = std::string{interceptions_path} + "?limit=1&count=none",
            .headers = as_owner(),
            .stretches = std::move(stretches)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(overload_shedding)

BOOST_AUTO_TEST_CASE(four_times_the_load_is_served_as_well_as_one_and_over_when_it_ends)
{
    audit_log const log;
    slow_down(log);
    served server{log.conninfo(), {"--threads", "1", "--pool-size", "4", "--max-requests-per-key", "10000"}};
    BOOST_TEST_REQUIRE(server.ready());
    constexpr double can_serve = 200;
    constexpr milliseconds length = 4s;
    auto const answers = run(pages_of(
        server,
        {{can_serve / 4, 2s}, {can_serve, length}, {can_serve / 4, 1s}, {4 * can_serve, length}, {can_serve / 4, 3s}}));
    auto const calm = summarize(answers, 0, 2s);
    auto const peak = summarize(answers, 1, length);
    auto const flooded = summarize(answers, 3, length);
    BOOST_TEST_MESSAGE("goodput " << peak.goodput << " and " << flooded.goodput << "/s, p99 "
                                  << flooded.good_p99.count() << " us, refused " << flooded.refused << " in "
                                  << flooded.refused_p50.count() << " us, p99 " << flooded.refused_p99.count()
                                  << " us");
    BOOST_TEST(calm.refused == 0U);
    BOOST_TEST(flooded.other == 0U);
    BOOST_TEST(flooded.goodput >= 0.9 * peak.goodput);
    BOOST_TEST((flooded.good_p99 < 400ms)); // a queue of 100 ms at most, and the page
    BOOST_TEST(flooded.refused > 1000U);
    BOOST_TEST((flooded.refused_p50 < 50ms));
    BOOST_TEST((flooded.refused_p99 < 100ms)); // twice what is promised: the load's own process is late at times
    BOOST_TEST((recovery(answers, 4, 200ms) < 1s));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
