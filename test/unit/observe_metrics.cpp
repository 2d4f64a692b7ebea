// Do the metrics have the names that dashboards know, and is each thing counted where it belongs?
#include "lib/observe/metrics.hpp"
#include "test/support/golden.hpp"

#include "db/sql/question.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace bridgewatch::observe {
namespace {

build_facts const build{.version = "1.2.3", .commit = "abc", .compiler = "c \"1\"", .boost = "1.81", .libpq = "15.1"};

bool has(metrics const& all, std::string_view sample)
{
    return all.text(exposition_form::text).find("\n" + std::string{sample} + "\n") != std::string::npos;
}

/// "name type labels", without values: what a dashboard depends on.
std::string names_of(metrics const& all)
{
    std::set<std::string> out;
    std::istringstream in{all.text(exposition_form::text)};
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("# TYPE "))
            out.insert(line.substr(7));
    std::string text;
    for (auto const& line : out)
        text += line + "\n";
    return text;
}

http::access_event answered(http::request const& what, http::request_notes const& notes, int status)
{
    return {.what = &what,
            .notes = &notes,
            .remote = {},
            .request_id = {},
            .traceparent = {},
            .status = status,
            .bytes_sent = 100,
            .took = std::chrono::milliseconds{3},
            .ended = "ok"};
}

BOOST_AUTO_TEST_SUITE(observe_metrics)

BOOST_AUTO_TEST_CASE(names_and_types_stay)
{
    test::golden_file golden{BRIDGEWATCH_SOURCE_DIR "/test/unit/golden/metrics/names.txt"};
    metrics const all{build, 1};
    golden.expect("names", names_of(all));
}

BOOST_AUTO_TEST_CASE(request_is_counted_by_route_method_and_status)
{
    metrics all{build, 2};
    http::request what;
    what.method = "GET";
    http::request_notes notes;
    notes.route = "/api/v2/aibridge/interceptions";
    all.loop(0).count(answered(what, notes, 200));
    all.loop(1).count(answered(what, notes, 200));
    what.method = "PURGE";
    all.loop(0).count(answered(what, notes, 405));
    std::string const route = R"(route="/api/v2/aibridge/interceptions")";
    BOOST_TEST(has(all, R"(bridgewatch_http_requests_total{method="GET",)" + route + R"(,status="200"} 2)"));
    BOOST_TEST(has(all, R"(bridgewatch_http_requests_total{method="other",)" + route + R"(,status="405"} 1)"));
    BOOST_TEST(has(all, "bridgewatch_http_response_bytes_total{" + route + "} 300"));
    BOOST_TEST(has(all, "bridgewatch_http_request_duration_seconds_count{method=\"GET\"," + route + "} 2"));
    BOOST_TEST(
        has(all, "bridgewatch_http_request_duration_seconds_bucket{method=\"GET\"," + route + ",le=\"0.0025\"} 0"));
    BOOST_TEST(has(all, R"(bridgewatch_http_requests_ended_total{how="ok"} 3)"));
}

BOOST_AUTO_TEST_CASE(what_was_no_request_has_no_route)
{
    metrics all{build, 1};
    http::request_notes const notes;
    http::access_event refused{};
    refused.notes = &notes;
    refused.status = 400;
    refused.ended = "ok";
    all.loop(0).count(refused);
    BOOST_TEST(has(all, R"(bridgewatch_http_requests_total{method="other",route="-",status="400"} 1)"));
}

BOOST_AUTO_TEST_CASE(statement_is_counted_by_question)
{
    metrics all{build, 1};
    pg::step const page{.sql = "SELECT", .parameters = {}, .about = sql::question::page};
    pg::statement_ended told{.what = &page,
                             .together = 0,
                             .begun = {},
                             .ended = {},
                             .rows = 7,
                             .by = pg::statement_ended::plan::kept,
                             .failed = nullptr};
    told.ended = told.begun + std::chrono::milliseconds{20};
    all.loop(0).count(pool_host::first, told);
    pg::failure const late{.code = pg::errc::statement_timeout, .diag = {}};
    told.rows = 0;
    told.failed = &late;
    all.loop(0).count(pool_host::first, told);
    BOOST_TEST(has(all, R"(bridgewatch_database_rows_total{question="page"} 7)"));
    BOOST_TEST(has(all, R"(bridgewatch_database_statements_total{plan="hit",question="page"} 2)"));
    BOOST_TEST(has(all, R"(bridgewatch_database_errors_total{question="page",reason="statement_timeout"} 1)"));
    BOOST_TEST(has(all, R"(bridgewatch_database_statement_duration_seconds_bucket{question="page",le="0.01"} 0)"));
    BOOST_TEST(has(all, R"(bridgewatch_database_statement_duration_seconds_bucket{question="page",le="0.025"} 2)"));
}

BOOST_AUTO_TEST_CASE(pool_is_the_sum_of_the_loops)
{
    metrics all{build, 2};
    loop_state one;
    one.first = {.open = 3, .idle = 1, .in_use = 1, .waiting = 4, .reachable = true, .last_failure = {}, .connects = 3};
    one.first_size = 8;
    one.is_schema_ready = true;
    all.loop(0).publish(one);
    BOOST_TEST(has(all, "bridgewatch_schema_ready 0")); // the other loop does not know one
    all.loop(1).publish(one);
    BOOST_TEST(has(all, R"(bridgewatch_pool_size{host="first"} 16)"));
    BOOST_TEST(has(all, R"(bridgewatch_pool_connections{host="first",state="other"} 2)"));
    BOOST_TEST(has(all, R"(bridgewatch_pool_waiting{host="first"} 8)"));
    BOOST_TEST(has(all, "bridgewatch_schema_ready 1"));
    BOOST_TEST(has(all, "bridgewatch_schema_accelerated 0"));
}

BOOST_AUTO_TEST_CASE(what_happens_to_requests_is_counted)
{
    metrics all{build, 1};
    auto& loop = all.loop(0);
    pg::failure const full{.code = pg::errc::pool_full, .diag = {}};
    grammar::fault const faults[]{{.code = grammar::fault_code::unknown_key, .where = {}, .field = {}, .detail = {}}};
    loop.count(api::authenticated{api::auth_outcome::wrong_secret});
    loop.count(api::key_looked_up{true});
    loop.count(api::query_refused{faults});
    loop.count(api::waited_for_connection{.took = {}, .refused = &full});
    loop.count(api::asked_again{});
    loop.count_trouble("connections_full");
    loop.count_probe(false);
    BOOST_TEST(has(all, R"(bridgewatch_auth_attempts_total{outcome="wrong_secret"} 1)"));
    BOOST_TEST(has(all, R"(bridgewatch_auth_cache_lookups_total{result="hit"} 1)"));
    BOOST_TEST(has(all, R"(bridgewatch_search_faults_total{kind="unknown_key"} 1)"));
    BOOST_TEST(has(all, R"(bridgewatch_pool_refusals_total{reason="pool_full"} 1)"));
    BOOST_TEST(has(all, "bridgewatch_database_retries_total 1"));
    BOOST_TEST(has(all, R"(bridgewatch_http_troubles_total{event="connections_full"} 1)"));
    BOOST_TEST(has(all, R"(bridgewatch_schema_probes_total{outcome="failed"} 1)"));
}

BOOST_AUTO_TEST_CASE(state_of_the_process_is_asked_for)
{
    metrics all{build, 1};
    all.ask([] {
        process_state now;
        now.requests = 5;
        now.is_replica = true;
        now.replica_lag_seconds = 2.5;
        return now;
    });
    BOOST_TEST(has(all, "bridgewatch_http_requests_in_flight 5"));
    BOOST_TEST(has(all, "bridgewatch_database_replica 1"));
    BOOST_TEST(has(all, "bridgewatch_database_replica_lag_seconds 2.5"));
    BOOST_TEST(all.text(exposition_form::text).find(R"(version="1.2.3",commit="abc",compiler="c \"1\"")") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::observe
