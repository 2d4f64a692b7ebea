#include "test/integration/accelerated_log.hpp"
#include "test/integration/log_changes.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

// The tables for sessions and counts are filled while writers go on and whatever happens meanwhile.
namespace bridgewatch::test {
namespace {

namespace bdata = boost::unit_test::data;
using schema::acceleration_state;

/// Some in each of a hundred hours, the last of them now; sessions of several days.
constexpr char const* many_hours = R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client, client_session_id, started_at, ended_at)
    SELECT md5('row ' || n)::uuid, '00000000-0000-4000-8000-000000000002', 'openai', 'gpt-5', NULL, 's' || n % 7,
           now() - n * interval '20 min', CASE WHEN n % 5 <> 0 THEN now() END FROM generate_series(0, 300) AS n;
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
    SELECT gen_random_uuid(), md5('row ' || n)::uuid, 'r', 'hi', now() - n * interval '19 min' FROM generate_series(0, 300, 2) AS n;
)sql";

/// Of rows that are filled by then, of others, and of new ones on both sides.
constexpr std::string_view changes_everywhere =
    "UPDATE aibridge_interceptions SET ended_at = now() WHERE ended_at IS NULL;"
    "DELETE FROM aibridge_interceptions WHERE id IN (SELECT md5('row ' || n)::uuid FROM generate_series(3, 300, 11) AS "
    "n);"
    "UPDATE aibridge_interceptions SET model = 'o3', client_session_id = 's9', started_at = started_at - interval '30 "
    "h' "
    "WHERE id IN (SELECT md5('row ' || n)::uuid FROM generate_series(4, 300, 13) AS n);"
    "DELETE FROM aibridge_user_prompts WHERE interception_id = md5('row 8')::uuid;"
    "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) SELECT "
    "gen_random_uuid(), '00000000-0000-4000-8000-000000000003', 'openai', 'o3', now() - n * interval '25 min', now() "
    "FROM generate_series(0, 250) AS n;"
    "INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at) SELECT "
    "gen_random_uuid(), md5('row ' || n)::uuid, 'r', 'late', now() FROM generate_series(1, 300, 7) AS n;";

struct interference {
    std::string_view name, sql;
};

std::ostream& operator<<(std::ostream& out, interference const& i)
{
    return out << i.name;
}

interference const interferences[] = {
    {"nothing", ""},
    {"changes", changes_everywhere},
    {"changes that a writer folds, and hours that are summed up",
     "CHANGES SELECT bridgewatch_fold_in_passing(); CHANGES"},
    {"interceptions truncated", "TRUNCATE aibridge_interceptions; CHANGES"},
    {"prompts truncated", "TRUNCATE aibridge_user_prompts; CHANGES"},
    {"a trigger off for a while",
     "ALTER TABLE aibridge_interceptions DISABLE TRIGGER bridgewatch_deleted; CHANGES ALTER TABLE "
     "aibridge_interceptions ENABLE ALWAYS TRIGGER bridgewatch_deleted"},
    {"a fold that failed",
     "CHANGES UPDATE bridgewatch_acceleration SET state = 'disproved'; DELETE FROM bridgewatch_journal_ends; "
     "DELETE FROM bridgewatch_journal_prompts; DELETE FROM bridgewatch_journal_changes"},
};

struct filled_server : accelerated_server {
    filled_server() : accelerated_server{false} { execute(many_hours); }

    /// Calls `between` with its number before each batch.
    [[nodiscard]] boost::system::result<void, std::string> fill_watched(std::uint64_t batch,
                                                                        std::function<void(int)> const& between)
    {
        int number = 0;
        return schema::fill_acceleration(session, [&](std::uint64_t, std::uint64_t) { between(number++); }, batch);
    }
};

std::string script_of(interference const& i)
{
    std::string out{i.sql};
    constexpr std::string_view word = "CHANGES";
    for (std::size_t at = 0; (at = out.find(word, at)) != std::string::npos; at += changes_everywhere.size())
        out.replace(at, word.size(), changes_everywhere);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(acceleration_fill)

BOOST_DATA_TEST_CASE(what_happens_meanwhile_is_in_it, bdata::make(interferences), i)
{
    filled_server log;
    int batches = 0;
    auto const filled = log.fill_watched(20, [&](int number) {
        batches = number;
        BOOST_TEST(!log.is_used());
        if (number != 6)
            return;
        log.execute(script_of(i));
        log.expect_answers_of_the_log();
    });
    BOOST_TEST(batches > 10);
    BOOST_TEST_REQUIRE(filled.has_value(), (filled ? "" : filled.error()));
    log.expect_right();
    log.expect_answers_of_the_log();
    log.execute("SELECT bridgewatch_fold_in_passing()");
    log.change(100);
    log.expect_right();
    log.expect_answers_of_the_log();
}

BOOST_AUTO_TEST_CASE(a_fill_whose_triggers_stay_off_gives_up)
{
    filled_server log;
    auto const filled = log.fill_watched(50, [&](int number) {
        if (number == 2)
            log.execute("ALTER TABLE aibridge_interceptions DISABLE TRIGGER bridgewatch_updated");
    });
    BOOST_TEST_REQUIRE(filled.has_error());
    BOOST_TEST(filled.error().starts_with("triggers of the log's tables were changed"), filled.error());
    BOOST_TEST(!log.is_used());
    log.expect_answers_of_the_log();
    log.repair();
    log.expect_right();
}

// Killed within a batch, which waits for a table that somebody has locked.
BOOST_AUTO_TEST_CASE(a_fill_that_was_killed_goes_on_where_it_was)
{
    filled_server log;
    BOOST_TEST_REQUIRE(log.session.script("SET application_name = 'fills'").has_value());
    auto holder = open_session(log.conninfo);
    std::optional<std::jthread> killer;
    auto const killed = log.fill_watched(20, [&](int number) {
        if (number != 5)
            return;
        BOOST_TEST_REQUIRE(holder.script("BEGIN; LOCK TABLE bridgewatch_sessions").has_value());
        killer.emplace([conninfo = log.conninfo] {
            (void)eventually(waits::limit, [&conninfo] {
                return !cluster::value(conninfo, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                                 "application_name = 'fills' AND wait_event_type = 'Lock' AND datname "
                                                 "= current_database()")
                            .empty();
            });
        });
    });
    killer->join();
    BOOST_TEST_REQUIRE(killed.has_error());
    BOOST_TEST_REQUIRE(holder.script("ROLLBACK").has_value());
    log.session = open_session(log.conninfo);
    BOOST_TEST(log.state() == acceleration_state::filling);
    log.execute(std::string{changes_everywhere});
    log.expect_answers_of_the_log();

    std::vector<std::uint64_t> done;
    accelerated_log::demand(schema::fill_acceleration(
        log.session, [&done](std::uint64_t so_far, std::uint64_t) { done.push_back(so_far); }, 20));
    BOOST_TEST_REQUIRE(!done.empty());
    BOOST_TEST(done.front() >= 100U);
    log.expect_right();
    log.expect_answers_of_the_log();
}

BOOST_AUTO_TEST_CASE(times_at_the_ends_of_the_range_are_filled_and_counted)
{
    accelerated_server log{false};
    log.execute(
        "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client, started_at, ended_at) SELECT "
        "gen_random_uuid(), '00000000-0000-4000-8000-000000000003', 'openai', 'o3', NULL, at::timestamptz, now() FROM "
        "unnest('{-infinity,-infinity,-infinity,4714-11-24 00:00Z BC,4714-11-24 00:30Z BC,0044-03-15 12:00Z "
        "BC,294276-12-31 23:30Z,294276-12-31 23:59Z,294276-12-31 23:59Z,infinity,infinity,infinity}'::text[]) AS at");
    log.fill(1);
    log.expect_right();
    log.execute("UPDATE aibridge_interceptions SET model = 'gpt-5' WHERE model = 'o3'");
    log.execute("SELECT bridgewatch_fold(20), bridgewatch_close_hours()");
    log.expect_right();
    for (std::string_view const bound : {"<1000-01-01", ">=1000-01-01", "<9999-01-01", ">=9999-01-01"}) {
        auto const day = bound.substr(bound.find_first_of("0123456789"));
        auto const sign = bound.substr(0, bound.size() - day.size());
        BOOST_TEST(log.count("/api/v2/aibridge/interceptions?limit=1&q=started:" + percent_encoded(bound)) ==
                       log.number(fmt::format("SELECT count(*) FROM aibridge_interceptions WHERE started_at {} '{}Z'",
                                              sign, day)),
                   bound);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_log_is_filled_at_once)
{
    accelerated_log log{false};
    log.execute("DELETE FROM aibridge_interceptions");
    log.fill();
    log.expect_right();
    log.change(100);
    log.expect_right();
}

BOOST_AUTO_TEST_CASE(an_hour_with_more_rows_than_a_batch_is_one_batch)
{
    accelerated_log log{false};
    std::vector<std::uint64_t> done;
    accelerated_log::demand(schema::fill_acceleration(
        log.session, [&done](std::uint64_t so_far, std::uint64_t) { done.push_back(so_far); }, 7));
    BOOST_TEST(done == (std::vector<std::uint64_t>{0, 40, 40}), boost::test_tools::per_element());
    log.expect_right();
}

BOOST_AUTO_TEST_CASE(tables_of_an_older_release_are_filled_from_what_they_have)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, create_statements(with_sessions)); // no provider_name
    auto const insert = [&conninfo](int from, int to) {
        cluster::execute(conninfo,
                         fmt::format("INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, "
                                     "started_at, ended_at) SELECT gen_random_uuid(), gen_random_uuid(), 'openai', "
                                     "'o3', now() - n * interval '7 min', now() FROM generate_series({}, {}) AS n",
                                     from, to));
    };
    insert(1, 100);
    auto session = open_session(conninfo);
    accelerated_log::demand(schema::make_acceleration(session));
    accelerated_log::demand(schema::fill_acceleration(session, {}, 9));
    insert(50, 150);
    for (bool const folded : {false, true}) {
        if (folded)
            cluster::execute(conninfo, "SELECT bridgewatch_fold(1000)");
        auto const found = schema::verify_acceleration(session);
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST(found->state == acceleration_state::ready);
        BOOST_TEST(found->faults() == 0U);
    }
}

// Made, filled and dropped beside writers that wait for a lock for five seconds at most.
BOOST_AUTO_TEST_CASE(no_writer_waits_for_it)
{
    auto const seed = search::seed_of_this_run();
    auto const conninfo = contract_database::create();
    cluster::execute(conninfo, many_hours);
    std::atomic<int> changes = 0, allowed = 0; // writers without a rest would leave the filler none of two cores
    std::vector<std::string> failures(4);
    auto const write = [&](std::stop_token const& stopped, unsigned number) {
        auto session = open_session(conninfo);
        (void)session.script("SET lock_timeout = '5s'");
        log_changes make{number, seed + number};
        while (!stopped.stop_requested() && failures[number].empty()) {
            if (auto const done = session.script(make.next()); done.has_error())
                failures[number] = done.error().diag.message;
            ++changes;
            while (!stopped.stop_requested() && changes >= allowed)
                std::this_thread::sleep_for(waits::poll);
        }
    };
    std::vector<std::jthread> writers;
    writers.reserve(failures.size());
    for (unsigned n = 0; n < failures.size(); ++n)
        writers.emplace_back(write, n);
    auto const let_them_write = [&](int many) {
        auto const until = changes + many;
        allowed = until + 2 * many; // some of it beside what comes next
        BOOST_TEST(eventually(waits::limit, [&] { return changes >= until; }));
    };
    auto session = open_session(conninfo);
    for (int round = 0; round < 2; ++round) {
        let_them_write(100);
        accelerated_log::demand(schema::make_acceleration(session));
        int batches = 0;
        accelerated_log::demand(schema::fill_acceleration(
            session,
            [&](std::uint64_t, std::uint64_t) {
                if (++batches < 20)
                    let_them_write(20);
            },
            30));
        BOOST_TEST(batches > 5);
        let_them_write(100);
        auto const found = schema::verify_acceleration(session);
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST(found->state == acceleration_state::ready);
        BOOST_TEST(found->faults() == 0U);
        accelerated_log::demand(schema::drop_acceleration(session));
    }
    writers.clear();
    for (auto const& failure : failures)
        BOOST_TEST(failure == "", "BRIDGEWATCH_SEED=" << seed << ": " << failure);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
