#include "db/schema/acceleration_sql.hpp"
#include "test/integration/accelerated_log.hpp"
#include "test/support/metric_sample.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <fmt/format.h>

#include <memory>
#include <optional>

// Whatever happens to the tables for sessions and counts: answers are the log's, and writers go on.
namespace bridgewatch::test {
namespace {

namespace bdata = boost::unit_test::data;
using schema::acceleration_state;
using schema::verification;

/// Rows that no trigger may tell of.
constexpr std::string_view unseen =
    "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) SELECT "
    "gen_random_uuid(), '00000000-0000-4000-8000-000000000003', 'openai', 'o3', timestamptz '2026-01-02Z' + n * "
    "interval '1 s', now() FROM generate_series(1, 3) AS n;INSERT INTO aibridge_user_prompts (id, interception_id, "
    "provider_response_id, prompt, created_at) VALUES (gen_random_uuid(), '00000000-0000-4000-8000-000000000007', 'r', "
    "'late', '2026-02-01Z');DELETE FROM aibridge_interceptions WHERE id = '00000000-0000-4000-8000-000000000009';";

struct harm {
    std::string_view name, before, after; ///< around what is not seen
};

std::ostream& operator<<(std::ostream& out, harm const& h)
{
    return out << h.name;
}

harm const harms[] = {
    {"a trigger that was off for a while", "ALTER TABLE aibridge_interceptions DISABLE TRIGGER bridgewatch_inserted;",
     "ALTER TABLE aibridge_interceptions ENABLE ALWAYS TRIGGER bridgewatch_inserted"},
    {"all triggers off for a while, in one transaction",
     "BEGIN; ALTER TABLE aibridge_user_prompts DISABLE TRIGGER ALL; ALTER TABLE aibridge_interceptions DISABLE TRIGGER "
     "ALL;",
     "ALTER TABLE aibridge_interceptions ENABLE TRIGGER ALL; ALTER TABLE aibridge_user_prompts ENABLE TRIGGER ALL; "
     "COMMIT"},
    {"a trigger that is off", "ALTER TABLE aibridge_user_prompts DISABLE TRIGGER bridgewatch_prompted;", ""},
    {"triggers that fire for some writers only",
     "ALTER TABLE aibridge_interceptions ENABLE TRIGGER ALL; ALTER TABLE aibridge_user_prompts ENABLE TRIGGER ALL; SET "
     "session_replication_role = replica;",
     ""},
    {"a trigger that is gone", "DROP TRIGGER bridgewatch_deleted ON aibridge_interceptions;", ""},
    {"a column that has gone and come back",
     "ALTER TABLE aibridge_interceptions DROP COLUMN client, ADD COLUMN client text;", ""},
    {"a column of another type",
     "ALTER TABLE aibridge_interceptions ALTER COLUMN model TYPE varchar USING 'm' || model;", ""},
    {"interceptions truncated", "TRUNCATE aibridge_interceptions;", ""},
    {"prompts truncated", "TRUNCATE aibridge_user_prompts;", ""},
    {"found wrong", "UPDATE bridgewatch_acceleration SET state = 'disproved'; DELETE FROM bridgewatch_counts;", ""},
    {"of another version", "UPDATE bridgewatch_acceleration SET version = 0; DELETE FROM bridgewatch_counts;", ""},
};

struct planted {
    std::string_view name, sql;
    std::uint64_t verification::* found;
};

std::ostream& operator<<(std::ostream& out, planted const& p)
{
    return out << p.name;
}

planted const plants[] = {
    {"an hour too high", "UPDATE bridgewatch_counts SET n = n + 1 WHERE grain = 'h'", &verification::hours},
    {"an hour that is missing", "DELETE FROM bridgewatch_counts WHERE grain = 'h'", &verification::hours},
    {"an hour that is not so",
     "INSERT INTO bridgewatch_counts SELECT grain, about, initiator_id, bucket, provider, provider_name, 'x', client, "
     "1, gen_random_uuid() FROM bridgewatch_counts WHERE grain = 'h' AND about = 'e' LIMIT 1",
     &verification::hours},
    {"a journal entry too many",
     "INSERT INTO bridgewatch_journal_ends VALUES (gen_random_uuid(), 'x', gen_random_uuid(), '2026-01-01Z', 'p', '', "
     "'m', 'c')",
     &verification::hours},
    {"a day too low", "UPDATE bridgewatch_counts SET n = n - 1 WHERE grain = 'd' AND about = 'm'", &verification::sums},
    {"everybody's hour too high", "UPDATE bridgewatch_counts SET n = n + 1 WHERE grain = 'h' AND about = 't'",
     &verification::sums},
    {"everybody's hour that is missing", "DELETE FROM bridgewatch_counts WHERE grain = 'h' AND about = 'c'",
     &verification::sums},
    {"all time that is missing", "DELETE FROM bridgewatch_counts WHERE grain = 'a' AND about = 'i'",
     &verification::sums},
    {"a session's start", "UPDATE bridgewatch_sessions SET started_at = started_at + interval '1 us'",
     &verification::sessions},
    {"a session's prompt", "UPDATE bridgewatch_sessions SET prompted_at = NULL", &verification::sessions},
    {"a session's bounds", "UPDATE bridgewatch_sessions SET latest_at = latest_at + interval '1 us'",
     &verification::sessions},
    {"a session that is missing", "DELETE FROM bridgewatch_sessions WHERE session_id LIKE '%7'",
     &verification::sessions},
    {"a session that is not there",
     "INSERT INTO bridgewatch_sessions SELECT 'x', initiator_id, started_at, NULL, earliest_at, latest_at FROM "
     "bridgewatch_sessions LIMIT 1",
     &verification::sessions},
    {"a number of sessions", "UPDATE bridgewatch_session_counts SET n = n + 1", &verification::session_counts},
    {"a number that is missing", "DELETE FROM bridgewatch_session_counts", &verification::session_counts},
};

/// What a later upstream or an administrator may do, and what a writer then meets.
struct trouble {
    std::string_view name, sql;
    bool is_noticed; ///< folds cannot go on
};

std::ostream& operator<<(std::ostream& out, trouble const& t)
{
    return out << t.name;
}

trouble const troubles[] = {
    {"no provider_name", "ALTER TABLE aibridge_interceptions DROP COLUMN provider_name", false},
    {"no client", "ALTER TABLE aibridge_interceptions DROP COLUMN client", false},
    {"a client of another type", "ALTER TABLE aibridge_interceptions ALTER COLUMN client TYPE text", false},
    {"no annotations or metadata", "ALTER TABLE aibridge_interceptions DROP COLUMN annotations, DROP COLUMN metadata",
     false},
    {"no session_id", "ALTER TABLE aibridge_interceptions DROP COLUMN session_id", true},
    {"counts that refuse rows", "ALTER TABLE bridgewatch_counts ADD CHECK (grain <> 'h') NOT VALID", true},
    {"a column of another name", "ALTER TABLE bridgewatch_counts RENAME COLUMN n TO m", true},
    {"no table of sessions", "DROP TABLE bridgewatch_sessions", true},
    {"no prompts", "DROP TABLE aibridge_user_prompts", true},
    {"a state that cannot be told", "ALTER TABLE bridgewatch_acceleration RENAME COLUMN closed_to TO x", true},
};

/// So many that one of them folds: one in 128 does.
constexpr std::string_view many_rows =
    "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) SELECT "
    "gen_random_uuid(), '00000000-0000-4000-8000-000000000003', 'openai', 'o3', '2026-01-02Z', now() FROM "
    "generate_series(1, 3000)";

/// Each of it would stretch the shared session, were it not undone. Others have ended before, so that a fold of a few
/// comes to the changes first.
constexpr std::string_view come_and_gone =
    "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) SELECT "
    "gen_random_uuid(), '00000000-0000-4000-8000-000000000003', 'openai', 'o3', '2025-06-01Z', now() FROM "
    "generate_series(1, 40);"
    "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client_session_id, started_at, ended_at) "
    "SELECT md5('gone ' || n)::uuid, '00000000-0000-4000-8000-000000000003', 'openai', 'o3', 'shared', timestamptz "
    "'2025-01-01Z' + n * interval '1 day', now() FROM generate_series(1, 4) AS n;"
    "INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at) SELECT "
    "md5('prompt ' || n)::uuid, md5('gone ' || n)::uuid, 'r', 'late', timestamptz '2027-01-01Z' + n * interval '1 day' "
    "FROM generate_series(1, 4) AS n;"
    "INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at) VALUES "
    "(md5('prompt 9')::uuid, '00000000-0000-4000-8000-000000000003', 'r', 'late', '2027-02-01Z');"
    "DELETE FROM aibridge_interceptions WHERE id = md5('gone 1')::uuid;"
    "UPDATE aibridge_interceptions SET ended_at = NULL WHERE id = md5('gone 2')::uuid;"
    "UPDATE aibridge_interceptions SET client_session_id = 'other' WHERE id = md5('gone 3')::uuid;"
    "UPDATE aibridge_interceptions SET started_at = '2026-01-01Z' WHERE id = md5('gone 4')::uuid;"
    "DELETE FROM aibridge_user_prompts WHERE id IN (md5('prompt 4')::uuid, md5('prompt 9')::uuid);"
    // Two of whom there was nothing, one of them not visible: what is told of their changes comes to nothing.
    "INSERT INTO users (id, email, username, status, rbac_roles, deleted) VALUES "
    "('00000000-0000-4000-8000-000000000888', 'h@example.com', 'heidi', 'active', '{}', false);"
    "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) SELECT md5('new ' || "
    "u)::uuid, u::uuid, 'openai', 'o3', '2026-01-02Z', now() FROM unnest('{00000000-0000-4000-8000-000000000888, "
    "00000000-0000-4000-8000-000000000777}'::text[]) AS u;"
    "UPDATE aibridge_interceptions SET started_at = '2026-01-03Z' WHERE started_at = '2026-01-02Z';";

/// Of everybody, and in two ways of everybody but one.
constexpr std::string_view searches[] = {
    "started:2026-01-02", "started:2026-01-03", "-initiator:00000000-0000-4000-8000-000000000001 started:2026-01-02",
    "-initiator:00000000-0000-4000-8000-000000000001 started:2026-01-03",
    "(model:x OR -initiator:00000000-0000-4000-8000-000000000001) started:2026-01-03"};

/// Up to {0} of each kind, and changes only once no end is left.
constexpr std::string_view taken_by_a_fold =
    "SELECT least(e.n, {0}) + least(p.n, {0}) + CASE WHEN e.n < {0} THEN least(c.n, {0}) ELSE 0 END FROM (SELECT "
    "count(*) AS n FROM bridgewatch_journal_ends) AS e, (SELECT count(*) AS n FROM bridgewatch_journal_prompts) AS p, "
    "(SELECT count(*) AS n FROM bridgewatch_journal_changes) AS c";

/// Nobody else folds meanwhile.
pg::blocking_session holder_of_folds(std::string const& conninfo)
{
    auto holder = open_session(conninfo);
    BOOST_TEST_REQUIRE(
        holder.script(fmt::format("SELECT pg_advisory_lock({}, bridgewatch_lock_key())", schema::acceleration_lock))
            .has_value());
    return holder;
}

} // namespace

BOOST_AUTO_TEST_SUITE(acceleration_states)

BOOST_FIXTURE_TEST_CASE(what_is_ready_is_used_and_right, accelerated_server)
{
    expect_right();
    expect_answers_of_the_log();
    change(100);
    expect_right();
    expect_answers_of_the_log();
}

BOOST_DATA_TEST_CASE(harm_is_noticed_and_mended, bdata::make(harms), h)
{
    accelerated_server log;
    std::string sql{h.before};
    log.execute(sql.append(unseen).append(h.after));
    BOOST_TEST(log.state() == acceleration_state::disproved);
    BOOST_TEST(log.verified().state == acceleration_state::disproved);
    BOOST_TEST(!log.is_used());
    log.expect_answers_of_the_log();
    log.change(100);
    log.expect_answers_of_the_log();

    log.repair();
    log.expect_right();
    log.expect_answers_of_the_log();
    log.execute("SET session_replication_role = replica;" + std::string{unseen});
    log.change(200);
    log.expect_right();
    log.expect_answers_of_the_log();
}

BOOST_AUTO_TEST_CASE(what_is_not_filled_is_not_used)
{
    accelerated_log log{false};
    BOOST_TEST(log.state() == acceleration_state::filling);
    BOOST_TEST(!log.is_used());
    BOOST_TEST(log.verified().state == acceleration_state::filling);
    log.execute("DELETE FROM bridgewatch_acceleration");
    BOOST_TEST(!log.is_used());
}

BOOST_AUTO_TEST_CASE(what_is_not_ready_is_not_asked_for_each_page)
{
    constexpr double pages = 10;
    accelerated_log log;
    served const server{log.conninfo, {"--threads", "1"}};
    BOOST_TEST_REQUIRE(server.ready());
    http_client client{server.address()};
    auto const count_a_page = [&client] {
        auto const list = "/api/v2/aibridge/interceptions?limit=1&count=capped";
        return client.get(list, contract_server::as("keyowner00")).status == 200;
    };
    auto const asked = [&client] {
        return sample(client.get("/metrics").body, R"(bridgewatch_database_rows_total{question="rolled_up_count"})")
            .value_or(0);
    };
    log.execute("UPDATE bridgewatch_acceleration SET state = 'disproved'");
    for (int page = 0; page < pages; ++page)
        BOOST_TEST(count_a_page());
    auto const in_vain = asked();
    BOOST_TEST(in_vain >= 1);
    BOOST_TEST(in_vain < pages);

    log.execute("UPDATE bridgewatch_acceleration SET state = 'ready'");
    BOOST_TEST(eventually(waits::limit, [&] { return count_a_page() && asked() > in_vain; }));
}

BOOST_DATA_TEST_CASE(wrong_rows_are_found_kept_from_readers_and_mended, bdata::make(plants), p)
{
    accelerated_log log;
    log.change(100);
    log.execute("SELECT bridgewatch_fold(1000)");
    log.expect_right();
    log.execute(std::string{p.sql});
    auto const found = log.verified();
    BOOST_TEST((found.*p.found > 0U));
    accelerated_log::demand(schema::disprove_acceleration(log.session));
    BOOST_TEST(!log.is_used());
    log.repair();
    log.expect_right();
    log.change(200);
    log.expect_right();
}

BOOST_FIXTURE_TEST_CASE(a_long_journal_changes_no_answer, accelerated_server)
{
    auto holder = holder_of_folds(conninfo);
    execute(std::string{many_rows});
    change(100);
    BOOST_TEST(number("SELECT count(*) FROM bridgewatch_journal_entries") > sql::most_pending);
    BOOST_TEST(is_used());
    expect_right();
    BOOST_TEST(count("/api/v2/aibridge/interceptions?limit=1") == 3'048);
    BOOST_TEST(count("/api/v2/aibridge/sessions?limit=1") == 3'048);
}

// Writers' entries have no order, and a fold takes a part of them.
BOOST_DATA_TEST_CASE(entries_are_folded_in_any_order,
                     bdata::make({"ctid", "ctid DESC", "md5(ctid::text)"}) * bdata::make({1U, 2U}), order, at_once)
{
    accelerated_log log;
    log.execute("UPDATE aibridge_interceptions SET client_session_id = 'shared' WHERE started_at < "
                "'2026-01-01T00:00:06Z'; SELECT bridgewatch_fold(1000)");
    auto holder = holder_of_folds(log.conninfo);
    log.execute(std::string{come_and_gone});
    for (std::string_view const kind : {"ends", "prompts", "changes"})
        log.execute(fmt::format("CREATE TABLE e AS SELECT * FROM bridgewatch_journal_{0} ORDER BY {1}; TRUNCATE "
                                "bridgewatch_journal_{0}; INSERT INTO bridgewatch_journal_{0} SELECT * FROM e; DROP "
                                "TABLE e",
                                kind, order));
    auto pending = log.verified().pending;
    BOOST_TEST_REQUIRE(pending > 10U);
    while (pending > 0U) {
        auto const taken = std::stoll(log.value(fmt::format(taken_by_a_fold, at_once)));
        BOOST_TEST_REQUIRE(taken > 0);
        BOOST_TEST(holder.query(fmt::format("SELECT bridgewatch_fold({})", at_once)).value().at(0, 0).int64() == taken);
        auto const found = log.verified();
        pending -= static_cast<std::uint64_t>(taken);
        BOOST_TEST(found.pending == pending);
        BOOST_TEST(found.faults() == 0U, pending << " left");
        for (auto const query : searches) {
            auto const [counted, in_log] = log.counts_of(query);
            BOOST_TEST(counted == in_log, query << ", " << pending << " left");
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_table_that_is_locked_keeps_no_writer, accelerated_log)
{
    auto holder = open_session(conninfo);
    for (auto const table : {"bridgewatch_sessions", "aibridge_user_prompts"}) {
        BOOST_TEST_REQUIRE(holder.script("BEGIN; LOCK TABLE " + std::string{table}).has_value());
        auto writer = open_session(conninfo);
        auto const written = writer.script("SET statement_timeout = '20s'; " + std::string{many_rows});
        BOOST_TEST(written.has_value(), table << ": " << (written ? "" : written.error().diag.message));
        BOOST_TEST_REQUIRE(holder.script("ROLLBACK").has_value());
        expect_right();
    }
}

BOOST_FIXTURE_TEST_CASE(counts_of_days_that_retention_has_emptied_are_gone, accelerated_log)
{
    execute("DELETE FROM aibridge_interceptions; SELECT bridgewatch_fold(100000)");
    BOOST_TEST(value("SELECT count(*) > 0 FROM bridgewatch_counts WHERE grain IN ('h', 'd')") == "t");
    execute("SELECT bridgewatch_forget_days()");
    BOOST_TEST(value("SELECT count(*) FROM bridgewatch_counts WHERE grain IN ('h', 'd')") == "0");
    expect_right();
}

BOOST_FIXTURE_TEST_CASE(a_bulk_change_folds_a_few_times, accelerated_log)
{
    // 3000 rows are 23 times 128, twice. Each fold has to pass all that those before it have left dead.
    auto writer = open_session(conninfo);
    auto const begun = writer.script("SET track_functions = 'pl'; BEGIN; " + std::string{many_rows} +
                                     "; DELETE FROM aibridge_interceptions WHERE started_at = '2026-01-02Z'");
    BOOST_TEST_REQUIRE(begun.has_value(), (begun ? "" : begun.error().diag.message));
    auto const folds =
        writer.query("SELECT coalesce(pg_stat_get_xact_function_calls('bridgewatch_fold(bigint)'::regprocedure), 0)");
    BOOST_TEST_REQUIRE(folds.has_value(), (folds ? "" : folds.error().diag.message));
    BOOST_TEST(folds->at(0, 0).int64() >= 1);
    BOOST_TEST(folds->at(0, 0).int64() <= 16);
    BOOST_TEST_REQUIRE(writer.script("COMMIT").has_value());
    expect_right();
}

BOOST_DATA_TEST_CASE(writers_go_on_whatever_happens, bdata::make(troubles), met)
{
    accelerated_log log;
    auto earlier = open_session(log.conninfo);
    auto const one_row = std::string{many_rows}.replace(many_rows.find("3000"), 4, "1");
    BOOST_TEST_REQUIRE(earlier.script(one_row).has_value()); // what it has prepared, it keeps
    log.execute(std::string{met.sql});
    BOOST_TEST(earlier.script(one_row).has_value());
    auto writer = open_session(log.conninfo); // without the privileges and the search_path of who made it
    BOOST_TEST_REQUIRE(writer.script("SET search_path = pg_catalog; SET lock_timeout = '2s'").has_value());
    auto many = std::string{many_rows};
    many.replace(many.find("aibridge"), 0, "public.");
    auto const written = writer.script(many);
    BOOST_TEST(written.has_value(), (written ? "" : written.error().diag.message));
    BOOST_TEST(log.value("SELECT count(*) FROM aibridge_interceptions") == "3042");
    BOOST_TEST(log.value("SELECT state FROM bridgewatch_acceleration") == (met.is_noticed ? "disproved" : "ready"));
    auto const gone = writer.script("DELETE FROM public.aibridge_interceptions");
    BOOST_TEST(gone.has_value(), (gone ? "" : gone.error().diag.message));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
