#include "db/schema/migrate.hpp"
#include "db/sql/interceptions.hpp"
#include "grammar/check.hpp"
#include "test/support/cluster.hpp"
#include "test/support/deploy_script.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace bridgewatch;
using test::cluster;

/// A year of months, 500 interceptions in each, as deploy/partitions makes them.
struct a_year {
    std::string conninfo = cluster::shared().create_database();
    pg::blocking_session session = test::open_session(conninfo);

    a_year()
    {
        BOOST_TEST_REQUIRE(schema::migrate(session).has_value());
        test::deploy_script("partitions/partitions.sh",
                            {"--database", conninfo, "--convert", "--from", "2025-01", "--ahead", "1"});
        cluster::execute(
            conninfo, "INSERT INTO users (id, email) VALUES ('00000000-0000-4000-8000-000000000001', 'a@example.com');"
                      "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) "
                      "SELECT gen_random_uuid(), '00000000-0000-4000-8000-000000000001', 'openai', 'o3', "
                      "at + interval '1 hour' * n, at + interval '1 hour' * n + interval '1 s' FROM "
                      "generate_series(1, 500) AS n, generate_series(timestamptz '2025-01-01Z', '2025-12-01Z', "
                      "'1 month') AS at; ANALYZE");
    }

    /// As the store runs it: prepared, and planned once for all values unless it has filters. With what was touched.
    std::string plan(std::string_view query, std::optional<grammar::uuid> after, bool kept = true)
    {
        auto const checked = grammar::check(query, {});
        BOOST_TEST_REQUIRE(checked.faults.empty(), query);
        auto const asked = sql::page_of_interceptions(checked.meaning, {}, {.limit = 101, .offset = 0, .after = after},
                                                      schema::newest_shape());
        std::string values;
        for (auto const& each : asked.parameters())
            values += (values.empty() ? "('" : ", '") + each.value.value_or("") + "'";
        values += ")";
        std::string const mode = kept ? "force_generic_plan" : "force_custom_plan";
        BOOST_TEST_REQUIRE(
            session.script("SET plan_cache_mode = " + mode + "; DEALLOCATE ALL; PREPARE page AS " + asked.text())
                .has_value());
        auto const rows = session.query("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE page" + values);
        BOOST_TEST_REQUIRE(rows.has_value(), (rows ? "" : rows.error().diag.message));
        std::string out;
        for (std::size_t row = 0; row < rows->size(); ++row)
            out.append(rows->at(row, 0).bytes()).append("\n");
        return out;
    }

    [[nodiscard]] grammar::uuid id_in(std::string const& month) const
    {
        return *grammar::parse_uuid(
            cluster::value(conninfo, "SELECT id FROM aibridge_interceptions WHERE started_at > '" + month +
                                         "-10Z' ORDER BY started_at LIMIT 1"));
    }
};

/// Of the scans of the list (alias i): which partitions were read.
std::string partitions_read(std::string const& plan)
{
    std::string out;
    std::size_t at = 0;
    for (std::size_t end = 0; end != std::string::npos; at = end + 1) {
        end = plan.find('\n', at);
        auto const line = plan.substr(at, end - at);
        auto const table = line.find(" on aibridge_interceptions_");
        if (table == std::string::npos ||
            (line.find(" i_") == std::string::npos && line.find(" i (") == std::string::npos) ||
            line.find("never executed") != std::string::npos)
            continue;
        auto const name = line.substr(table + 27);
        out += (out.empty() ? "" : " ") + name.substr(0, name.find(' '));
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(partitioned_plans)

BOOST_FIXTURE_TEST_CASE(first_page_reads_the_newest_rows_and_no_older_month, a_year)
{
    auto const found = plan("", {});
    BOOST_TEST(partitions_read(found).find("2025_12") != std::string::npos, found);
    BOOST_TEST(partitions_read(found).find("2025_11") == std::string::npos, found);
    BOOST_TEST(found.find("Sort Key: i") == std::string::npos, found); // the months come in order
}

BOOST_FIXTURE_TEST_CASE(page_after_a_cursor_does_not_read_older_months, a_year)
{
    auto const found = plan("", id_in("2025-06"));
    BOOST_TEST(partitions_read(found).find("2025_06") != std::string::npos, found);
    BOOST_TEST(partitions_read(found).find("2025_05") == std::string::npos, found);
    BOOST_TEST(found.find("Sort Key: i") == std::string::npos, found);
}

BOOST_FIXTURE_TEST_CASE(bounds_of_time_leave_other_months_out, a_year)
{
    for (bool const kept : {true, false}) {
        auto const found = plan("started:2025-03-03..2025-03-05", {}, kept);
        BOOST_TEST(partitions_read(found) == "2025_03", found);
    }
    auto const filtered = plan("started:2025-03-03..2025-04-05 model:o3", {}, false);
    BOOST_TEST(partitions_read(filtered).find("2025_05") == std::string::npos, filtered);
    BOOST_TEST(partitions_read(filtered).find("2025_02") == std::string::npos, filtered);
}

BOOST_AUTO_TEST_SUITE_END()
