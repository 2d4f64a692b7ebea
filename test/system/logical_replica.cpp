#include "test/support/audit_log.hpp"
#include "test/support/column_lists.hpp"
#include "test/support/deploy_script.hpp"
#include "test/support/load.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {
namespace {

constexpr char const* script = "logical-replica/replicate.sh";

void bridgewatch(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
    auto const done = run(arguments);
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
}

/// Coder's database, as far as we know it, and what we do not know of it: secrets, columns and labels of a newer
/// version.
constexpr char const* as_upstream = R"sql(
ALTER TABLE users ADD COLUMN hashed_password bytea NOT NULL DEFAULT 'secret';
ALTER TABLE aibridge_interceptions ADD COLUMN of_next_year jsonb;
INSERT INTO users (id, email, username, status, rbac_roles)
VALUES ('00000000-0000-4000-8000-000000000001', 'owner@example.com', 'the_owner', 'active', '{owner}');
INSERT INTO api_keys (id, hashed_secret, user_id, scopes, expires_at)
VALUES ('keyofowner', sha256(repeat('s', 22)::bytea), '00000000-0000-4000-8000-000000000001', '{coder:all,template:read}',
        '2099-01-01Z');
)sql";

/// One round of what Coder does: interceptions begin with their children, some end, old ones go.
constexpr char const* a_round_of_work = R"sql(
WITH begun AS (
    INSERT INTO aibridge_interceptions (id, initiator_id, provider, provider_name, model, started_at, client_session_id)
    SELECT gen_random_uuid(), (SELECT id FROM users ORDER BY id LIMIT 1 OFFSET n % 5), 'openai', 'openai', 'gpt-5', clock_timestamp(),
           'session ' || n % 7 FROM generate_series(1, 10) AS n RETURNING id
), prompts AS (
    INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
    SELECT gen_random_uuid(), id, 'r', 'kubernetes', clock_timestamp() FROM begun
), thoughts AS (
    INSERT INTO aibridge_model_thoughts (interception_id, content, created_at) SELECT id, 'hm', clock_timestamp() FROM begun
)
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, created_at)
SELECT gen_random_uuid(), id, 'r', 10, 20, clock_timestamp() FROM begun;
UPDATE aibridge_interceptions SET ended_at = clock_timestamp() WHERE id IN (
    SELECT id FROM aibridge_interceptions WHERE ended_at IS NULL ORDER BY started_at LIMIT 9);
CREATE TEMP TABLE old AS SELECT id FROM aibridge_interceptions ORDER BY started_at LIMIT 3;
DELETE FROM aibridge_interceptions WHERE id IN (SELECT id FROM old);
DELETE FROM aibridge_user_prompts WHERE interception_id IN (SELECT id FROM old);
DELETE FROM aibridge_token_usages WHERE interception_id IN (SELECT id FROM old);
DELETE FROM aibridge_tool_usages WHERE interception_id IN (SELECT id FROM old);
DELETE FROM aibridge_model_thoughts WHERE interception_id IN (SELECT id FROM old);
)sql";

constexpr std::string_view questions[] = {
    "/api/v2/aibridge/interceptions?limit=200",
    "/api/v2/aibridge/interceptions?limit=200&offset=150",
    "/api/v2/aibridge/interceptions?limit=20&q=prompt%3Akubernetes%20thinking%3Ahm",
    "/api/v2/aibridge/interceptions?limit=20&q=tool%3Abash%20total_tokens%3A%3E100",
    "/api/v2/aibridge/interceptions?limit=20&q=is%3Ainflight",
    "/api/v2/aibridge/sessions?limit=100",
    "/api/v2/aibridge/sessions?limit=20&q=model%3Agpt-5",
    "/api/v2/aibridge/sessions/session%203",
    "/api/v2/aibridge/models",
    "/api/v2/aibridge/clients",
};

struct published {
    cluster publisher{{{"wal_level", "logical"}}}, subscriber;
    std::string from = publisher.create_database(), to = subscriber.create_database();

    published()
    {
        bridgewatch({"migrate", "--database-url", from});
        bridgewatch({"seed", "--interceptions", "300", "--database-url", from});
        cluster::execute(from, "ALTER TYPE api_key_scope ADD VALUE 'template:read'");
        cluster::execute(from, as_upstream);
        for (int round = 0; round < 4; ++round)
            cluster::execute(from, a_round_of_work);
        bridgewatch({"migrate", "--schema=full", "--database-url", to});
    }

    [[nodiscard]] std::vector<std::string> arguments(std::vector<std::string> more = {}) const
    {
        if (!has_column_lists(from))
            more.emplace_back("--whole-tables");
        more.insert(more.begin(), {"--publisher", from, "--subscriber", to});
        return more;
    }

    /// Waits until the subscriber says that it has applied all that the publisher has written so far. False at the
    /// limit. PostgreSQL 18 may say so a moment before others see it.
    [[nodiscard]] bool caught_up() const
    {
        // Commits are asynchronous here, and are in no position until one is written.
        cluster::execute(from, "SET synchronous_commit = local; SELECT pg_logical_emit_message(true, 'test', 'here')");
        auto const written = cluster::value(from, "SELECT pg_current_wal_lsn()");
        return eventually(waits::limit, [&] {
            return cluster::value(from,
                                  "SELECT count(*) FROM pg_stat_replication WHERE application_name = 'bridgewatch' "
                                  "AND replay_lsn >= '" +
                                      written + "'") == "1";
        });
    }

    void expect_same_answers(served const& there, served const& here) const
    {
        BOOST_TEST_REQUIRE(caught_up());
        for (auto const& question : questions) {
            auto const expected = fetch(there.address(), question, as_owner());
            BOOST_TEST(expected.status == 200, question << " " << expected.body);
            BOOST_TEST(eventually(waits::limit,
                                  [&] { return fetch(here.address(), question, as_owner()).body == expected.body; }),
                       question);
        }
    }
};

/// How many interceptions a session has, and how many of them have ended.
constexpr char const* of_session = "SELECT count(*) || ' ' || count(ended_at) FROM aibridge_interceptions WHERE "
                                   "client_session_id = 'session 3' AND started_at > now() - interval '1 hour'";

struct refusal {
    std::string_view name, at_publisher, at_subscriber, said;
};

constexpr refusal refusals[] = {
    {"a type that is too narrow", "ALTER TABLE aibridge_interceptions ALTER client TYPE varchar(99)", "",
     "the types of aibridge_interceptions.client differ: character varying(99) at the publisher, character "
     "varying(64)"},
    {"no tables yet", "", "DROP TABLE aibridge_interceptions", "bridgewatch migrate --schema=full"},
    {"keys limited by a column that is not there", "ALTER TABLE api_keys ADD COLUMN scope text", "",
     "api_keys.scope limits keys"},
    {"no ends", "ALTER TABLE aibridge_interceptions DROP COLUMN ended_at CASCADE", "",
     "the publisher lacks aibridge_interceptions.ended_at"},
    {"a column that has to be given", "", "ALTER TABLE users ADD COLUMN badge text NOT NULL",
     "the publisher lacks users.badge"},
    {"a generated column", "ALTER TABLE aibridge_interceptions DROP COLUMN session_id, ADD COLUMN session_id text", "",
     "aibridge_interceptions.session_id is generated at the subscriber"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(logical_replica)

BOOST_AUTO_TEST_CASE(answers_are_the_publishers_while_it_works_and_after_its_upgrade)
{
    published const both;
    deploy_script(script, both.arguments({"--wait", "30"}));
    served const there{both.from}, here{both.to};
    BOOST_TEST_REQUIRE((there.ready() && here.ready()));
    both.expect_same_answers(there, here);
    {
        load readers{here.address(), "/api/v2/aibridge/interceptions?limit=50", as_owner(), 2};
        load sessions{here.address(), "/api/v2/aibridge/sessions?limit=20", as_owner(), 1};
        for (int round = 0; round < 40; ++round)
            cluster::execute(both.from, a_round_of_work);
        for (auto* const each : {&readers, &sessions}) {
            each->stop();
            BOOST_TEST(each->answered() > 0U);
            for (auto const& failure : each->failures())
                BOOST_ERROR("failed: " + failure);
        }
    }
    both.expect_same_answers(there, here);

    // Nothing that Coder does to its own tables fails, and the script mends what stops the replica.
    cluster::execute(both.from, "ALTER TABLE aibridge_interceptions ADD COLUMN of_the_year_after int DEFAULT 1;"
                                "ALTER TABLE aibridge_tool_usages DROP COLUMN provider_tool_call_id;"
                                "ALTER TABLE aibridge_interceptions ALTER COLUMN of_next_year TYPE text;"
                                "ALTER TYPE aibridge_interception_error_type ADD VALUE 'cosmic_ray'");
    cluster::execute(both.from,
                     "UPDATE aibridge_interceptions SET error_type = 'cosmic_ray' WHERE ended_at IS NOT NULL");
    cluster::execute(both.from, a_round_of_work);
    cluster::execute(both.to, "ALTER TABLE aibridge_interceptions ALTER COLUMN of_next_year TYPE text");
    deploy_script(script, both.arguments());
    both.expect_same_answers(there, here);
    bridgewatch({"verify", "--database-url", both.to}); // triggers have seen all that the subscription brought
}

BOOST_AUTO_TEST_CASE(secrets_stay_and_deletes_never_fail)
{
    published const both;
    deploy_script(script, both.arguments({"--wait", "30"}));
    if (has_column_lists(both.from)) {
        BOOST_TEST(cluster::value(both.to, "SELECT count(*) FROM pg_attribute WHERE attname = 'hashed_password'") ==
                   "0");
        BOOST_TEST(cluster::value(both.from, "SELECT count(*) FROM pg_publication_tables WHERE 'hashed_password' = ANY "
                                             "(attnames)") == "0");
    }
    for (auto const* table : {"aibridge_interceptions", "aibridge_token_usages", "aibridge_user_prompts",
                              "aibridge_tool_usages", "aibridge_model_thoughts"})
        BOOST_CHECK_NO_THROW(cluster::execute(both.from, "DELETE FROM " + std::string{table}));
    cluster::execute(both.from, "UPDATE api_keys SET expires_at = now()");
    BOOST_TEST_REQUIRE(both.caught_up());
    BOOST_TEST(eventually(waits::limit, [&] {
        return cluster::value(both.to, "SELECT (SELECT count(*) FROM aibridge_interceptions) + (SELECT count(*) FROM "
                                       "aibridge_tool_usages) + (SELECT count(*) FROM aibridge_user_prompts)") == "0";
    }));
    BOOST_TEST(eventually(waits::limit, [&] { // its key has ended
        return cluster::value(both.to, "SELECT count(*) FROM api_keys WHERE expires_at > now()") ==
               cluster::value(both.from, "SELECT count(*) FROM api_keys WHERE expires_at > now()");
    }));
    served const here{both.to};
    BOOST_TEST_REQUIRE(here.ready());
    BOOST_TEST(fetch(here.address(), interceptions_path, as_owner()).status == 401);

    deploy_script(script, both.arguments({"--remove"}));
    BOOST_TEST(cluster::value(both.from, "SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM "
                                         "pg_replication_slots)") == "0");
    BOOST_TEST(cluster::value(both.to, "SELECT count(*) FROM pg_subscription") == "0");
}

BOOST_AUTO_TEST_CASE(replica_by_months_applies_what_begins_and_ends)
{
    published const both;
    bridgewatch({"migrate", "--schema=accelerate", "--drop", "--database-url", both.to});
    deploy_script("partitions/partitions.sh", {"--database", both.to, "--convert", "--from", "2026-01"});
    bridgewatch({"migrate", "--schema=full", "--database-url", both.to});
    deploy_script(script, both.arguments({"--wait", "30", "--deletes", "off"}));
    for (int round = 0; round < 10; ++round)
        cluster::execute(both.from, a_round_of_work);
    BOOST_TEST_REQUIRE(both.caught_up());
    BOOST_TEST(eventually(
        waits::limit, [&] { return cluster::value(both.to, of_session) == cluster::value(both.from, of_session); }));
    BOOST_TEST(cluster::value(both.to, "SELECT sum(seq_tup_read) < 2000 FROM pg_stat_user_tables WHERE relname ~ "
                                       "'^aibridge_interceptions_20'") == "t"); // updates find their row by its key
    bridgewatch({"verify", "--database-url", both.to});
}

BOOST_AUTO_TEST_CASE(retention_of_the_publisher_may_be_left_out)
{
    published const both;
    deploy_script(script, both.arguments({"--wait", "30", "--deletes", "off"}));
    cluster::execute(both.from, "DELETE FROM aibridge_interceptions; DELETE FROM aibridge_user_prompts;"
                                "DELETE FROM api_keys WHERE id <> 'keyofowner'");
    BOOST_TEST_REQUIRE(both.caught_up());
    BOOST_TEST(eventually(
        waits::limit, [&] { return cluster::value(both.to, "SELECT count(*) FROM aibridge_interceptions") == "328"; }));
    BOOST_TEST(cluster::value(both.to, "SELECT count(*) FROM api_keys") == "1"); // keys always go
}

BOOST_AUTO_TEST_CASE(what_would_stop_it_is_refused_in_one_line)
{
    published both;
    for (auto const& c : refusals) {
        auto const name = both.publisher.create_database(), other = both.subscriber.create_database();
        bridgewatch({"migrate", "--database-url", name});
        bridgewatch({"migrate", "--database-url", other});
        cluster::execute(name, std::string{c.at_publisher});
        cluster::execute(other, std::string{c.at_subscriber});
        auto const done = try_deploy_script(script, {"--publisher", name, "--subscriber", other});
        BOOST_TEST((done.status == exit_status{.code = 1}), c.name);
        BOOST_TEST(done.errors.find(c.said) != std::string::npos, c.name << ": " << done.errors);
        BOOST_TEST(cluster::value(name, "SELECT count(*) FROM pg_publication") == "0", c.name);
    }
    if (!has_column_lists(both.from)) {
        auto const done = try_deploy_script(script, {"--publisher", both.from, "--subscriber", both.to});
        BOOST_TEST((done.status == exit_status{.code = 1}));
        BOOST_TEST(done.errors.find("users.hashed_password would have to exist at the subscriber") != std::string::npos,
                   done.errors);
        BOOST_TEST(cluster::value(both.from, "SELECT count(*) FROM pg_publication") == "0");
    }
    auto const wrong_level = try_deploy_script(script, {"--publisher", both.to, "--subscriber", both.from});
    BOOST_TEST(wrong_level.errors.find("wal_level=replica") != std::string::npos, wrong_level.errors);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
