#include "app/seed.hpp"
#include "db/schema/migrate.hpp"
#include "grammar/time.hpp"
#include "test/support/cluster.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace {

using namespace bridgewatch;
using test::cluster;

constexpr std::uint64_t interceptions = 300;
constexpr auto until = grammar::sys_micro{std::chrono::sys_days{std::chrono::year{2026} / 8 / 30}};

std::string migrated_database()
{
    auto conninfo = cluster::shared().create_database();
    auto session = test::open_session(conninfo);
    BOOST_TEST_REQUIRE(schema::migrate(session).has_value());
    return conninfo;
}

boost::system::result<void, std::string> seed_into(std::string const& conninfo, std::uint64_t number = 1,
                                                   grammar::sys_micro end = until)
{
    auto session = test::open_session(conninfo);
    return app::seed(session, {.interceptions = interceptions, .until = end, .number = number}, [](std::uint64_t) {});
}

std::string seeded_database(std::uint64_t number = 1, grammar::sys_micro end = until)
{
    auto conninfo = migrated_database();
    auto const done = seed_into(conninfo, number, end);
    BOOST_TEST_REQUIRE(done.has_value(), done.error());
    return conninfo;
}

/// One sum over all that the seed wrote; the columns that the database fills by its clock are left out.
std::string checksum(std::string const& conninfo)
{
    std::string sums;
    for (std::string const table :
         {"(SELECT id, username, email, name, avatar_url, status, rbac_roles, deleted FROM users)",
          "aibridge_interceptions", "aibridge_user_prompts", "aibridge_token_usages", "aibridge_tool_usages",
          "aibridge_model_thoughts"})
        sums += cluster::value(conninfo,
                               "SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM " + table + " AS t") +
                " ";
    return sums;
}

} // namespace

BOOST_AUTO_TEST_SUITE(seed_determinism)

BOOST_AUTO_TEST_CASE(equal_plans_write_equal_rows)
{
    BOOST_TEST(checksum(seeded_database()) == checksum(seeded_database()));
}

BOOST_AUTO_TEST_CASE(another_number_writes_other_rows)
{
    BOOST_TEST(checksum(seeded_database(1)) != checksum(seeded_database(2)));
}

BOOST_AUTO_TEST_CASE(another_end_moves_the_rows)
{
    auto const moved = seeded_database(1, until + std::chrono::hours{24});
    BOOST_TEST(checksum(moved) != checksum(seeded_database()));
    BOOST_TEST(cluster::value(moved, "SELECT min(started_at) >= '2026-07-02Z' FROM aibridge_interceptions") == "t");
}

BOOST_AUTO_TEST_CASE(a_database_with_interceptions_is_refused_and_kept)
{
    auto const conninfo = seeded_database();
    auto const before = checksum(conninfo);
    auto const again = seed_into(conninfo, 2);
    BOOST_TEST_REQUIRE(again.has_error());
    BOOST_TEST(again.error() == "this database has interceptions already: seed writes into an empty one");
    BOOST_TEST(checksum(conninfo) == before);
}

BOOST_AUTO_TEST_CASE(a_seed_that_fails_leaves_nothing_and_can_be_done_again)
{
    auto const conninfo = migrated_database();
    cluster::execute(conninfo, "ALTER TABLE aibridge_model_thoughts ADD CONSTRAINT broken CHECK (content = '')");
    auto const failed = seed_into(conninfo);
    BOOST_TEST_REQUIRE(failed.has_error());
    BOOST_TEST(failed.error().find("broken") != std::string::npos);
    BOOST_TEST(cluster::value(conninfo, "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM "
                                        "aibridge_interceptions)") == "0");
    cluster::execute(conninfo, "ALTER TABLE aibridge_model_thoughts DROP CONSTRAINT broken");
    BOOST_TEST(seed_into(conninfo).has_value());
    BOOST_TEST(checksum(conninfo) == checksum(seeded_database()));
}

BOOST_AUTO_TEST_SUITE_END()
