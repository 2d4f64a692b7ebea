#include "db/store/table_walk.hpp"
#include "grammar/check.hpp"
#include "test/integration/accelerated_log.hpp"
#include "test/integration/pg_loop.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

// A walk of the session table whose rounds end within sessions of one bound loses none of them.
namespace bridgewatch::test {
namespace {

namespace bdata = boost::unit_test::data;

/// 30 sessions that begin at `bound`; what they are listed by is before it.
void add_sessions(accelerated_log& log, std::string const& bound)
{
    log.execute("INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) SELECT "
                "gen_random_uuid(), '00000000-0000-4000-8000-000000000003', 'openai', 'bound', '" +
                bound +
                "', now() FROM generate_series(1, 30); INSERT INTO aibridge_user_prompts (id, interception_id, "
                "provider_response_id, prompt, created_at) SELECT gen_random_uuid(), id, 'r', 'p', '2025-06-01Z' FROM "
                "aibridge_interceptions WHERE model = 'bound'; SELECT bridgewatch_fold(1000)");
}

asio::awaitable<std::optional<std::size_t>> walk(pg::lease& on, sql::session_search const& search, std::int64_t wanted)
{
    store::snapshot in{on, waits::limit, test::in(waits::limit)};
    store::session_plan const plan{.by = store::session_plan::way::table, .budget = 5, .most = 1'000};
    store::table_walk walk{in, search, plan, wanted};
    auto const found = co_await walk.run();
    if (found.has_error() || !*found)
        co_return std::nullopt;
    co_return (*found)->size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(table_walk_bounds)

BOOST_DATA_TEST_CASE(sessions_of_one_bound_are_all_found, bdata::make({"infinity", "2026-06-01Z", "-infinity"}), bound)
{
    accelerated_log log;
    add_sessions(log, bound);
    auto const checked = grammar::check("model:bound", {.about = grammar::subject::sessions, .me = {}, .now = {}});
    BOOST_TEST_REQUIRE(checked.faults.empty());
    sql::visibility const all{};
    auto const shape = schema::newest_shape();
    sql::session_search const search{.where = checked.meaning, .who = all, .database = shape, .after = {}};
    pg_loop loop{log.conninfo, {.size = 1}};
    auto lease = loop.borrow_or_fail();
    auto const found = loop.wait(walk(lease, search, 20));
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(*found == 20U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
