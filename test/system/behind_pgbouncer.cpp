#include "test/support/pgbouncer.hpp"

#include "test/support/audit_log.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/load.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace database = contract_database;

std::vector<std::string> through_a_pooler(std::vector<std::string> more = {})
{
    more.insert(more.end(), {"--prepared-statements", "off"});
    return more;
}

std::string for_reader(std::string const& conninfo)
{
    cluster::grant_reading(conninfo);
    return conninfo + std::string{cluster::as_reader};
}

constexpr char const* questions[] = {
    "/api/v2/aibridge/interceptions?limit=7",
    "/api/v2/aibridge/interceptions?limit=7&offset=20&count=capped",
    "/api/v2/aibridge/interceptions?limit=7&after_id=00000000-0000-4000-8000-000000000130",
    "/api/v2/aibridge/interceptions?limit=3&q=initiator%3Acarol%20prompt%3A12%20tool%3Abash",
    "/api/v2/aibridge/interceptions?after_id=00000000-0000-4000-8000-000000000777",
    "/api/v2/aibridge/interceptions/00000000-0000-4000-8000-000000000101",
    "/api/v2/aibridge/sessions?limit=5",
    "/api/v2/aibridge/sessions?limit=5&q=model%3Agpt-*&after_session_id=00000000-0000-4000-8000-000000000130",
    "/api/v2/aibridge/sessions/team",
    "/api/v2/aibridge/models",
    "/api/v2/aibridge/clients?q=U",
};

/// What one server connection of the pool would show the next client.
void expect_nothing_left(std::string const& conninfo)
{
    BOOST_TEST(cluster::value(conninfo, "SHOW statement_timeout") == "0");
    BOOST_TEST(cluster::value(conninfo, "SHOW plan_cache_mode") == "auto");
    BOOST_TEST(cluster::value(conninfo, "SHOW transaction_isolation") == "read committed");
    BOOST_TEST(cluster::value(conninfo, "SHOW transaction_read_only") == "off");
    BOOST_TEST(cluster::value(conninfo, "SELECT count(*) FROM pg_prepared_statements") == "0");
    BOOST_TEST(cluster::value(conninfo, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0");
}

} // namespace

BOOST_AUTO_TEST_SUITE(behind_pgbouncer)

BOOST_AUTO_TEST_CASE(answers_are_those_of_a_direct_connection)
{
    auto const conninfo = database::create();
    database::add_interceptions(conninfo, 101, 150);
    cluster::execute(conninfo, "UPDATE aibridge_interceptions SET client_session_id = 'team' WHERE id > '" +
                                   database::id(145) + "'");
    pgbouncer const pooler{for_reader(conninfo), 1};
    served const direct{for_reader(conninfo)}, pooled{pooler.conninfo(), through_a_pooler()};
    BOOST_TEST_REQUIRE((direct.ready() && pooled.ready()));
    http_headers const owner{{"Coder-Session-Token", database::token("keyowner00")}};
    for (auto const* question : questions) {
        auto const expected = fetch(direct.address(), question, owner), got = fetch(pooled.address(), question, owner);
        BOOST_TEST(got.status == expected.status, question << " " << got.body);
        BOOST_TEST(got.body == expected.body, question);
    }
    BOOST_TEST(
        fetch(pooled.address(), questions[0], {{"Coder-Session-Token", "keyowner00-wrongwrongwrongwrongwr"}}).status ==
        401);
    expect_nothing_left(pooler.conninfo());
}

BOOST_AUTO_TEST_CASE(more_clients_than_connections_all_get_their_pages)
{
    audit_log const log;
    pgbouncer const pooler{for_reader(log.conninfo()), 3};
    served const server{pooler.conninfo(), through_a_pooler({"--pool-size", "16", "--expensive-pool-size", "16"})};
    BOOST_TEST_REQUIRE(server.ready());
    load pages{server.address(), std::string{interceptions_path} + "?limit=25", as_owner(), 16};
    load sessions{server.address(), "/api/v2/aibridge/sessions?limit=5", as_owner(), 8};
    BOOST_TEST(eventually(waits::limit, [&] { return pages.answered() >= 400 && sessions.answered() >= 100; }));
    BOOST_TEST(log.sessions() <= 3);
    for (auto* const each : {&pages, &sessions}) {
        each->stop();
        for (auto const& failure : each->failures())
            BOOST_ERROR("failed: " + failure);
    }
}

BOOST_AUTO_TEST_CASE(statement_timeout_ends_its_statement_and_stays_in_its_transaction)
{
    audit_log const log;
    pgbouncer const pooler{for_reader(log.conninfo()), 1};
    served const server{pooler.conninfo(), through_a_pooler({"--statement-timeout", "300ms"})};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 504);
    }
    expect_nothing_left(pooler.conninfo());
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
    expect_nothing_left(pooler.conninfo());
}

BOOST_AUTO_TEST_CASE(client_that_leaves_is_cancelled_through_the_pooler)
{
    audit_log const log;
    pgbouncer const pooler{for_reader(log.conninfo()), 1};
    served const server{pooler.conninfo(), through_a_pooler()};
    BOOST_TEST_REQUIRE(server.ready());
    held_pages const held{log};
    auto const waiting = [&] { return log.sessions("wait_event_type = 'Lock'"); };
    {
        http_client client{server.address()};
        client.send("GET " + std::string{interceptions_path} +
                    " HTTP/1.1\r\nHost: test\r\nCoder-Session-Token: " + std::string{owner_token} + "\r\n\r\n");
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return waiting() == 1; }));
    }
    BOOST_TEST(eventually(waits::short_limit, [&] { return waiting() == 0; }));
    BOOST_TEST(fetch(server.address(), "/api/v2/aibridge/models", as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(slow_exact_count_becomes_a_capped_one)
{
    constexpr int rows = 400;
    audit_log const log{cluster::shared(), rows};
    log.slow_each_row_down();
    pgbouncer const pooler{for_reader(log.conninfo()), 1};
    served const server{pooler.conninfo(), through_a_pooler({"--exact-count-timeout", "400ms", "--count-cap", "20"})};
    BOOST_TEST_REQUIRE(server.ready());
    auto const answer = fetch(server.address(), std::string{interceptions_path} + "?limit=3", as_owner());
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    BOOST_TEST(answer.json().at("count_cap").to_number<int>() == 20);
    BOOST_TEST(answer.json().at("results").as_array().size() == 3U);
    expect_nothing_left(pooler.conninfo());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
