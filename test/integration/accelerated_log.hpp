#pragma once

#include "db/schema/acceleration_tables.hpp"
#include "db/schema/verification.hpp"
#include "db/sql/acceleration.hpp"
#include "db/sql/interceptions.hpp"
#include "db/sql/rollup.hpp"
#include "grammar/check.hpp"
#include "test/integration/contract_server.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace bridgewatch::schema {

inline std::ostream& operator<<(std::ostream& out, acceleration_state state)
{
    constexpr char const* names[] = {"missing", "filling", "ready", "disproved"};
    return out << names[static_cast<std::size_t>(state)];
}

} // namespace bridgewatch::schema

namespace bridgewatch::test {

/// A contract database with interceptions 1 to 40 and their children, and what makes its sessions and counts cheap.
struct accelerated_log {
    std::string conninfo = contract_database::create();
    pg::blocking_session session = open_session(conninfo);

    explicit accelerated_log(bool filled = true)
    {
        contract_database::add_interceptions(conninfo, 1, 40);
        demand(schema::make_acceleration(session));
        if (filled)
            fill();
    }

    static void demand(boost::system::result<void, std::string> const& done)
    {
        BOOST_TEST_REQUIRE(done.has_value(), (done ? "" : done.error()));
    }

    void execute(std::string const& sql) const { cluster::execute(conninfo, sql); }

    [[nodiscard]] std::string value(std::string const& sql) const { return cluster::value(conninfo, sql); }

    void fill(std::uint64_t batch = 50'000) { demand(schema::fill_acceleration(session, {}, batch)); }

    /// As `bridgewatch verify --repair` does.
    void repair()
    {
        demand(schema::make_acceleration(session));
        fill();
    }

    [[nodiscard]] schema::acceleration_state state()
    {
        auto const told = schema::state_of_acceleration(session);
        BOOST_TEST_REQUIRE(told.has_value(), (told ? "" : told.error()));
        return *told;
    }

    [[nodiscard]] schema::verification verified()
    {
        auto const found = schema::verify_acceleration(session);
        BOOST_TEST_REQUIRE(found.has_value(), (found ? "" : found.error()));
        return *found;
    }

    /// As readers ask.
    [[nodiscard]] bool is_used()
    {
        auto const asked = sql::acceleration_state();
        auto const told = session.query(asked.text());
        BOOST_TEST_REQUIRE(told.has_value(), (told ? "" : told.error().diag.message));
        return told->at(0, sql::acceleration_column::is_ready).boolean();
    }

    void expect_right()
    {
        BOOST_TEST(state() == schema::acceleration_state::ready);
        BOOST_TEST(is_used());
        auto const found = verified();
        BOOST_TEST(found.hours == 0U);
        BOOST_TEST(found.sums == 0U);
        BOOST_TEST(found.sessions == 0U);
        BOOST_TEST(found.session_counts == 0U);
    }

    /// What the tables count, and what the log has.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> counts_of(std::string_view query)
    {
        auto shape = schema::newest_shape();
        shape.acceleration = true;
        auto const checked = grammar::check(query, {});
        BOOST_TEST_REQUIRE(checked.faults.empty());
        auto const number = [this](sql::statement const& asked) {
            auto const rows = session.query(asked.text(), asked.parameters());
            BOOST_TEST_REQUIRE(rows.has_value(), (rows ? "" : rows.error().diag.message));
            return rows->at(0, 0).int64();
        };
        return {number(sql::rolled_up_count(checked.meaning, {}, {}, shape)),
                number(sql::count_of_interceptions(checked.meaning, {}, {}, shape))};
    }

    /// One of each that triggers tell of. `first` to `first` + 9 are not there yet.
    void change(unsigned first) const
    {
        auto const id = [first](unsigned n) { return "'" + contract_database::id(first + n) + "'"; };
        contract_database::add_interceptions(conninfo, first, first + 9);
        execute("UPDATE aibridge_interceptions SET model = 'o3', client_session_id = 'moved' WHERE id = " + id(1) +
                ";DELETE FROM aibridge_interceptions WHERE id = " + id(2) +
                ";UPDATE aibridge_interceptions SET ended_at = NULL WHERE id = " + id(3) +
                ";UPDATE aibridge_user_prompts SET created_at = '2026-03-01Z' WHERE interception_id = " + id(4) +
                ";DELETE FROM aibridge_user_prompts WHERE interception_id = " + id(5));
    }
};

/// An accelerated log, served.
struct accelerated_server : accelerated_log {
    explicit accelerated_server(bool filled = true) : accelerated_log{filled} {}

    served server{conninfo};
    http_client client{server.address()};

    http_answer get(std::string const& target) { return client.get(target, contract_server::as("keyowner00")); }

    [[nodiscard]] std::int64_t count(std::string const& target)
    {
        auto const answer = get(target);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.status << " " << answer.body << server.log());
        return answer.json().at("count").as_int64();
    }

    /// The lists and their counts are those of the log.
    void expect_answers_of_the_log()
    {
        BOOST_TEST(count("/api/v2/aibridge/interceptions?limit=1") == number("SELECT count(*) FROM "
                                                                             "aibridge_interceptions WHERE ended_at IS "
                                                                             "NOT NULL"));
        BOOST_TEST(count("/api/v2/aibridge/interceptions?limit=1&q=provider:openai%20started:%3E2025-12-31") ==
                   number("SELECT count(*) FROM aibridge_interceptions WHERE ended_at IS NOT NULL AND provider = "
                          "'openai'"));
        auto const plain = value("SELECT string_agg(session_id, ' ' ORDER BY at DESC, session_id DESC) FROM (SELECT "
                                 "i.session_id, coalesce(max(p.created_at), min(i.started_at)) AS at FROM "
                                 "aibridge_interceptions AS i LEFT JOIN aibridge_user_prompts AS p ON "
                                 "p.interception_id = i.id WHERE i.ended_at IS NOT NULL GROUP BY 1) AS s");
        auto const answer = get("/api/v2/aibridge/sessions?limit=1000");
        BOOST_TEST_REQUIRE(answer.status == 200, answer.status << " " << answer.body << server.log());
        std::string listed;
        auto const body = answer.json();
        for (auto const& one : body.at("sessions").as_array())
            listed.append(listed.empty() ? "" : " ").append(one.at("id").as_string());
        BOOST_TEST(listed == plain);
        BOOST_TEST(body.at("count").as_int64() == std::ssize(body.at("sessions").as_array()));
    }

    [[nodiscard]] std::int64_t number(std::string const& sql) const { return std::stoll(value(sql)); }
};

} // namespace bridgewatch::test
