#include "test/support/audit_log.hpp"
#include "test/support/database_faults.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>

namespace bdata = boost::unit_test::data;

// Tables that are altered while clients go on asking.
namespace bridgewatch::test {
namespace {

constexpr int pool_size = 4;

struct upgrade {
    std::string_view name, sql;
    /// What a statement that was prepared before says of it; empty where it does not notice.
    std::string_view sqlstate;
};

std::ostream& operator<<(std::ostream& out, upgrade const& one)
{
    return out << one.name;
}

constexpr upgrade upgrades[] = {
    {"a column added", "ALTER TABLE aibridge_interceptions ADD COLUMN cost bigint NOT NULL DEFAULT 7", ""},
    {"a column dropped", "ALTER TABLE aibridge_interceptions DROP COLUMN provider_name", "42703"},
    {"a column's type changed", "ALTER TABLE aibridge_user_prompts ALTER COLUMN prompt TYPE varchar", "0A000"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(faults_of_schema)

BOOST_DATA_TEST_CASE(upgrade_under_load_is_seen_by_no_client, bdata::make(upgrades), change)
{
    audit_log const log;
    served const server{log.conninfo(),
                        {"--threads", "1", "--pool-size", std::to_string(pool_size), "--max-requests-per-key", "100"}};
    BOOST_TEST_REQUIRE(server.ready());
    live_load clients{server};
    BOOST_TEST(clients.goes_on(200)); // each connection has its statements prepared
    log.execute(std::string{change.sql});
    auto const back = until_it_serves(server);
    BOOST_TEST(clients.goes_on(200));
    auto const seen = clients.end(change.name, back);
    for (auto const& failure : seen.failures)
        BOOST_TEST(false, failure);

    bool was_noticed = change.sqlstate.empty();
    for (auto const& line : server.log_lines("request"))
        was_noticed = was_noticed || (line.contains("retried") &&
                                      line.at("retried").as_string().find(change.sqlstate) != std::string::npos);
    BOOST_TEST(was_noticed);
    auto const page = fetch(server.address(), std::string{interceptions_path} + "?limit=1", as_owner()).json();
    BOOST_TEST(page.at("results").at(0).as_object().contains("provider_name") == (change.sqlstate != "42703"));
    BOOST_TEST(pool_is_whole(server, log.conninfo(), pool_size));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
