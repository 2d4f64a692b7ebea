#include "test/support/audit_log.hpp"
#include "test/support/served.hpp"
#include "test/support/standby.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::test {
namespace {

/// A primary with an audit log, a standby that cancels reads at once, and the ways to both. While the log's first
/// interception is there, each page takes forever on the standby, and none on the primary.
struct replicated {
    cluster primary;
    audit_log log{primary};
    std::string name = cluster::keyword(log.conninfo(), "dbname");
    std::string victim = log.value("SELECT id FROM aibridge_interceptions ORDER BY started_at LIMIT 1");
    std::optional<standby> replica;

    replicated()
    {
        // Else a horizon that has just moved may keep the deleted row, and there would be no conflict.
        log.execute("ALTER TABLE aibridge_interceptions SET (autovacuum_enabled = off)");
        log.execute(
            "CREATE OR REPLACE VIEW visible_users AS SELECT id, username, name, avatar_url FROM users WHERE "
            "pg_sleep(CASE WHEN pg_is_in_recovery() AND EXISTS (SELECT FROM aibridge_interceptions WHERE id = '" +
            victim + "') THEN 60 ELSE 0 END) IS NOT NULL");
        replica.emplace(primary, std::vector<std::string>{"--max-delay", "0"});
    }

    [[nodiscard]] std::string on_standby() const { return replica->conninfo(name); }

    /// The standby first, then the primary.
    [[nodiscard]] std::string both() const
    {
        return "host='" + cluster::keyword(on_standby(), "host") + "," + cluster::keyword(log.conninfo(), "host") +
               "' port=5432 dbname='" + name + "' user='" + std::string{cluster::superuser} + "'";
    }

    [[nodiscard]] std::string asked_of_standby(std::string const& what) const
    {
        return cluster::value(on_standby(), what);
    }

    [[nodiscard]] bool read_is_asleep() const
    {
        return eventually(waits::limit, [&] {
            return asked_of_standby("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1";
        });
    }

    /// Takes away a row that a read on the standby may still see.
    void provoke_conflict() const
    {
        log.execute("DELETE FROM aibridge_interceptions WHERE id = '" + victim + "'");
        log.execute("VACUUM aibridge_interceptions");
    }

    [[nodiscard]] std::string conflicts() const
    {
        return asked_of_standby("SELECT confl_snapshot + confl_lock FROM pg_stat_database_conflicts WHERE datname = "
                                "current_database()");
    }
};

std::future<http_answer> slow_page(served const& server, std::string const& id)
{
    return ask_aside(server.address(), std::string{interceptions_path} + "?limit=100", {{"X-Request-Id", id}});
}

void expect_answered_elsewhere(served const& server, http_answer const& answer, std::string const& id, int rows,
                               std::string_view sqlstate)
{
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body << server.log());
    BOOST_TEST(answer.json().at("count").to_number<int>() == rows);
    BOOST_TEST(answer.json().at("results").as_array().size() == static_cast<std::size_t>(rows));
    auto const line = server.request_line(id);
    BOOST_TEST_REQUIRE(line.contains("retried"), line);
    BOOST_TEST(line.at("retried").as_string().find(sqlstate) != std::string::npos, line);
    BOOST_TEST(!line.contains("error"), line);
}

} // namespace

BOOST_AUTO_TEST_SUITE(reading_from_a_standby)

BOOST_AUTO_TEST_CASE(conflict_with_recovery_is_answered_by_the_other_host)
{
    replicated const both;
    served const server{both.both()};
    BOOST_TEST_REQUIRE(server.ready());
    auto page = slow_page(server, "conflict");
    BOOST_TEST_REQUIRE(both.read_is_asleep());
    BOOST_TEST(both.conflicts() == "0");
    both.provoke_conflict();
    expect_answered_elsewhere(server, page.get(), "conflict", audit_log::usual_size - 1, "40001");
    BOOST_TEST(eventually(waits::limit, [&] { return both.conflicts() == "1"; }));
    BOOST_TEST(both.log.sessions("backend_type = 'client backend'") == 1); // the second attempt's

    BOOST_TEST_REQUIRE(both.replica->caught_up());
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(conflict_with_recovery_of_the_only_host_is_asked_again_there)
{
    replicated const both;
    served const server{both.on_standby()};
    BOOST_TEST_REQUIRE(server.ready());
    auto page = slow_page(server, "alone");
    BOOST_TEST_REQUIRE(both.read_is_asleep());
    both.provoke_conflict();
    expect_answered_elsewhere(server, page.get(), "alone", audit_log::usual_size - 1, "40001");
    BOOST_TEST(both.log.sessions() == 0);
}

BOOST_AUTO_TEST_CASE(standby_that_shuts_down_costs_no_request)
{
    replicated both;
    served const server{both.both()};
    BOOST_TEST_REQUIRE(server.ready());
    auto page = slow_page(server, "shutdown");
    BOOST_TEST_REQUIRE(both.read_is_asleep());
    both.replica->stop(stop_mode::fast);
    expect_answered_elsewhere(server, page.get(), "shutdown", audit_log::usual_size, "57P01");
    for (int i = 0; i < 8; ++i) // more than there are loops
        BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
    both.replica->start();
}

BOOST_AUTO_TEST_CASE(third_end_of_one_read_is_told)
{
    replicated const both;
    served const server{both.on_standby()};
    BOOST_TEST_REQUIRE(server.ready());
    auto page = slow_page(server, "twice");
    for (int attempt = 0; attempt < 3; ++attempt) {
        BOOST_TEST_REQUIRE(both.read_is_asleep());
        BOOST_TEST(terminate_sessions_at(both.on_standby(), "wait_event = 'PgSleep'") == 1U);
    }
    auto const answer = page.get();
    BOOST_TEST(answer.status == 503);
    auto const line = server.request_line("twice");
    BOOST_TEST(line.contains("retried"), line);
    BOOST_TEST(line.contains("error"), line);
    both.provoke_conflict(); // the row that made pages slow is gone
    BOOST_TEST_REQUIRE(both.replica->caught_up());
    // What is replayed may end a read or two until then: this standby waits for nobody.
    BOOST_TEST(eventually(waits::limit,
                          [&] { return fetch(server.address(), interceptions_path, as_owner()).status == 200; }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
