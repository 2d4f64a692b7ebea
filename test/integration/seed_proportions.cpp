#include "app/seed.hpp"
#include "db/schema/migrate.hpp"
#include "grammar/time.hpp"
#include "test/support/cluster.hpp"
#include "test/support/session.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using test::cluster;

constexpr std::uint64_t interceptions = 4'000;
constexpr auto until = grammar::sys_micro{std::chrono::sys_days{std::chrono::year{2026} / 8 / 30}};

/// Seeded once for all cases, which only read it.
std::string const& database()
{
    static auto const conninfo = [] {
        auto made = cluster::shared().create_database();
        auto session = test::open_session(made);
        BOOST_TEST_REQUIRE(schema::migrate(session).has_value());
        std::vector<std::uint64_t> progress;
        auto const done = app::seed(session, {.interceptions = interceptions, .until = until},
                                    [&progress](std::uint64_t written) { progress.push_back(written); });
        BOOST_TEST_REQUIRE(done.has_value(), done.error());
        BOOST_TEST(progress.size() > 1);
        BOOST_TEST(std::ranges::is_sorted(progress));
        BOOST_TEST(progress.back() == interceptions);
        return made;
    }();
    return conninfo;
}

struct proportion {
    std::string_view name, numerator; ///< SQL of a number
    double low, high;                 ///< bounds of the number for one interception
};

std::ostream& operator<<(std::ostream& out, proportion const& p)
{
    return out << p.name;
}

// What production has (contract: schema.md), with room for chance.
proportion const proportions[] = {
    {"interceptions", "(SELECT count(*) FROM aibridge_interceptions)", 1, 1},
    {"sessions", "(SELECT count(DISTINCT (session_id, initiator_id)) FROM aibridge_interceptions)", 0.14, 0.19},
    {"prompts", "(SELECT count(*) FROM aibridge_user_prompts)", 1.9, 2.1},
    {"token usages", "(SELECT count(*) FROM aibridge_token_usages)", 1.4, 1.6},
    {"tool calls", "(SELECT count(*) FROM aibridge_tool_usages)", 2.85, 3.15},
    {"thoughts", "(SELECT count(*) FROM aibridge_model_thoughts)", 0.18, 0.22},
    {"in flight", "(SELECT count(*) FROM aibridge_interceptions WHERE ended_at IS NULL)", 0.005, 0.016},
    {"failed", "(SELECT count(error_type) FROM aibridge_interceptions)", 0.018, 0.032},
    {"of the most active tenth",
     "(SELECT sum(n) FROM (SELECT count(*) AS n FROM aibridge_interceptions GROUP BY "
     "initiator_id ORDER BY 1 DESC LIMIT 5) AS top)",
     0.2, 0.5},
};

struct fact {
    std::string_view name, sql, value;
};

std::ostream& operator<<(std::ostream& out, fact const& f)
{
    return out << f.name;
}

fact const facts[] = {
    {"users", "SELECT count(*) FROM users", "50"},
    {"one owner, one auditor",
     "SELECT string_agg(username || ' ' || rbac_roles::text, ', ' ORDER BY username) FROM users WHERE rbac_roles <> "
     "'{}'",
     "alice {owner}, bob {auditor}"},
    {"providers", "SELECT count(DISTINCT provider) FROM aibridge_interceptions", "5"},
    {"models", "SELECT count(DISTINCT model) FROM aibridge_interceptions", "12"},
    {"clients", "SELECT count(DISTINCT client) FROM aibridge_interceptions", "6"},
    {"some without a client", "SELECT bool_or(client IS NULL) FROM aibridge_interceptions", "t"},
    {"within 60 days",
     "SELECT min(started_at) >= '2026-07-01Z' AND max(coalesce(ended_at, started_at)) <= "
     "'2026-08-30Z' AND min(started_at) < '2026-07-03Z' FROM aibridge_interceptions",
     "t"},
    {"every initiator is known", "SELECT bool_and(initiator_id IN (SELECT id FROM users)) FROM aibridge_interceptions",
     "t"},
    {"every thread has its root",
     "SELECT bool_and(thread_root_id IN (SELECT id FROM aibridge_interceptions WHERE "
     "thread_root_id IS NULL)) FROM aibridge_interceptions",
     "t"},
    {"every parent is there",
     "SELECT bool_and(thread_parent_id IN (SELECT id FROM aibridge_interceptions)) FROM "
     "aibridge_interceptions",
     "t"},
    {"no orphans",
     "SELECT count(*) FROM aibridge_tool_usages WHERE interception_id NOT IN (SELECT id FROM "
     "aibridge_interceptions)",
     "0"},
    {"tool inputs are JSON", "SELECT bool_and(jsonb_typeof(input::jsonb) = 'object') FROM aibridge_tool_usages", "t"},
    {"numbers keep their digits",
     "SELECT bool_or(metadata::text LIKE '%: 1.10%') AND bool_or(metadata::text LIKE "
     "'%: 12345678901234567890123%') FROM aibridge_interceptions",
     "t"},
    {"texts have what writers trip over",
     "SELECT bool_or(prompt LIKE '%\"%') AND bool_or(prompt LIKE '%\\\\%') AND bool_or(prompt LIKE E'%\\n%') AND "
     "bool_or(prompt LIKE E'%\\t%') AND bool_or(octet_length(prompt) > char_length(prompt)) FROM aibridge_user_prompts",
     "t"},
    {"statistics are there", "SELECT reltuples::bigint FROM pg_class WHERE relname = 'aibridge_interceptions'", "4000"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(seed_proportions)

BOOST_DATA_TEST_CASE(proportions_are_those_of_production, bdata::make(proportions), p)
{
    auto const each = std::stod(cluster::value(database(), "SELECT " + std::string{p.numerator} + "::float8 / " +
                                                               std::to_string(interceptions)));
    BOOST_TEST(each >= p.low);
    BOOST_TEST(each <= p.high);
}

BOOST_DATA_TEST_CASE(facts_hold, bdata::make(facts), f)
{
    BOOST_TEST(cluster::value(database(), std::string{f.sql}) == f.value);
}

BOOST_AUTO_TEST_SUITE_END()
