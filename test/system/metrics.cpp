// Do the metrics agree with what was asked and with the log, in the form that Prometheus reads, and under load too?
#include "test/support/audit_log.hpp"
#include "test/support/metric_sample.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/standby.hpp"
#include "test/support/waits.hpp"

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::test {
namespace {

std::string const list{interceptions_path};

std::string scraped(std::string const& address, http_headers const& headers = {})
{
    auto const answer = fetch(address, "/metrics", headers);
    BOOST_TEST_REQUIRE(answer.status == 200);
    return answer.body;
}

double value(std::string const& address, std::string const& name)
{
    auto const found = sample(scraped(address), name);
    BOOST_TEST_REQUIRE(found.has_value(), name);
    return *found;
}

std::string requests(std::string const& route, int status)
{
    return R"(bridgewatch_http_requests_total{method="GET",route=")" + route + R"(",status=")" +
           std::to_string(status) + R"("})";
}

std::string file_with(scratch_directory const& in, std::string_view text)
{
    auto const path = in.path() / "metrics.txt";
    std::ofstream{path} << text;
    return path;
}

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(prometheus_finds_no_fault)
{
    audit_log const log;
    served const server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(fetch(server.address(), list, as_owner()).status == 200);
    scratch_directory const folder;
    auto const checked =
        run({"sh", "-c", "exec promtool check metrics < " + file_with(folder, scraped(server.address()))});
    BOOST_TEST(checked.status.code == 0, checked.output << checked.errors);
    BOOST_TEST(checked.errors == "");
}

/// By the parser of Prometheus's own client for Python, which is strict.
BOOST_AUTO_TEST_CASE(open_metrics_is_what_its_parser_expects)
{
    audit_log const log;
    served const server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(fetch(server.address(), list, as_owner()).status == 200);
    http_headers const wanted{{"Accept", "application/openmetrics-text; version=1.0.0"}};
    auto const answer = fetch(server.address(), "/metrics", wanted);
    BOOST_TEST(answer.headers.at("content-type") == "application/openmetrics-text; version=1.0.0; charset=utf-8");
    scratch_directory const folder;
    auto const parsed =
        run({"/usr/bin/python3", "-c",
             "import sys\n"
             "from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n"
             "found = list(parse(open(sys.argv[1]).read()))\n"
             "print(len(found), sum(len(one.samples) for one in found))",
             file_with(folder, answer.body)});
    BOOST_TEST(parsed.status.code == 0, parsed.errors);
    BOOST_TEST(std::stoi(parsed.output) > 40, parsed.output);
}

BOOST_AUTO_TEST_CASE(requests_are_those_of_the_access_log)
{
    audit_log const log;
    served const server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(fetch(server.address(), list + "?limit=2", as_owner()).status == 200);
    BOOST_TEST(fetch(server.address(), list, {{"Coder-Session-Token", "nonsense"}}).status == 401);
    BOOST_TEST(fetch(server.address(), list).status == 401);
    BOOST_TEST(fetch(server.address(), list + "?q=modle:o3%20limit:", as_owner()).status == 400);
    BOOST_TEST(fetch(server.address(), "/no/such/route/" + std::string(100, 'x')).status == 404);
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] {
        return std::ranges::count_if(server.log_lines("request"),
                                     [](auto const& line) { return line.at("route").as_string() != "/readyz"; }) >= 7;
    }));
    auto const text = scraped(server.address());
    BOOST_TEST(sample(text, requests(list, 200)).value_or(0) == 3);
    BOOST_TEST(sample(text, requests(list, 401)).value_or(0) == 2);
    BOOST_TEST(sample(text, requests(list, 400)).value_or(0) == 1);
    BOOST_TEST(sample(text, requests("-", 404)).value_or(0) == 1);
    BOOST_TEST(text.find("/no/such/route") == std::string::npos);
    BOOST_TEST(text.find("keyofowner") == std::string::npos);
    BOOST_TEST(sample(text, R"(bridgewatch_auth_attempts_total{outcome="malformed"})").value_or(0) == 1);
    BOOST_TEST(sample(text, R"(bridgewatch_auth_attempts_total{outcome="no_token"})").value_or(0) == 1);
    BOOST_TEST(sample(text, R"(bridgewatch_search_faults_total{kind="unknown_key"})").value_or(0) == 1);
    BOOST_TEST(sample(text, R"(bridgewatch_search_faults_total{kind="edge_colon"})").value_or(0) == 1);
    BOOST_TEST(sample(text, R"(bridgewatch_database_rows_total{question="page"})").value_or(0) == 9); // one more each
    double bytes = 0;
    for (auto const& line : server.log_lines("request"))
        if (line.at("route").as_string() == list)
            bytes += line.at("bytes").to_number<double>();
    BOOST_TEST(sample(text, R"(bridgewatch_http_response_bytes_total{route=")" + list + R"("})").value_or(0) == bytes);
}

BOOST_AUTO_TEST_CASE(they_are_on_the_port_for_health_where_there_is_one)
{
    audit_log const log;
    served const server{log.conninfo(), {"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}};
    std::string const admin{server.log_lines("listening").back().at("address").as_string()};
    BOOST_TEST(fetch(server.address(), "/metrics").status == 404);
    BOOST_TEST(scraped(admin).find("bridgewatch_build_info{") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(overload_is_seen_while_it_lasts)
{
    audit_log const log;
    served const server{log.conninfo(), {"--pool-size", "2", "--max-requests", "1", "--max-requests-per-key", "100"}};
    BOOST_TEST_REQUIRE(server.ready());
    {
        held_pages const held{log};
        auto waiting = ask_aside(server.address(), list);
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") > 0; }));
        BOOST_TEST(fetch(server.address(), list, as_owner()).status == 503);
        auto const text = scraped(server.address());
        BOOST_TEST(sample(text, "bridgewatch_http_requests_in_flight").value_or(0) == 1);
        BOOST_TEST(sample(text, "bridgewatch_http_requests_limit").value_or(0) == 1);
        BOOST_TEST(sample(text, R"(bridgewatch_http_troubles_total{event="requests_full"})").value_or(0) == 1);
        BOOST_TEST(eventually(waits::limit, [&] {
            return value(server.address(), R"(bridgewatch_pool_connections{host="first",state="in_use"})") == 1;
        }));
    }
    BOOST_TEST(
        eventually(waits::limit, [&] { return value(server.address(), "bridgewatch_http_requests_in_flight") == 0; }));
}

BOOST_AUTO_TEST_CASE(database_that_goes_is_seen_to_be_down_and_to_be_back)
{
    cluster database;
    audit_log const log{database};
    served const server{log.conninfo(), {"--pool-timeout", "200ms"}};
    BOOST_TEST_REQUIRE(server.ready());
    std::string const up = R"(bridgewatch_database_up{host="first"})";
    BOOST_TEST(eventually(waits::limit, [&] { return value(server.address(), up) == 1; }));
    database.stop(stop_mode::fast);
    BOOST_TEST(eventually(waits::limit, [&] { return value(server.address(), up) == 0; }));
    BOOST_TEST(eventually(waits::limit, [&] {
        return value(server.address(), R"(bridgewatch_pool_connects_total{host="first",outcome="failed"})") > 0;
    }));
    database.start();
    BOOST_TEST(eventually(waits::limit, [&] { return value(server.address(), up) == 1; }));
}

BOOST_AUTO_TEST_CASE(replica_says_how_far_it_is_behind)
{
    cluster primary;
    audit_log const log{primary};
    standby const replica{primary};
    BOOST_TEST_REQUIRE(replica.caught_up());
    served const server{replica.conninfo(cluster::keyword(log.conninfo(), "dbname"))};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(eventually(waits::limit, [&] {
        auto const text = scraped(server.address());
        return sample(text, "bridgewatch_database_replica") == 1.0 &&
               sample(text, "bridgewatch_database_replica_lag_seconds") == 0.0;
    }));
    served const leader{log.conninfo()};
    BOOST_TEST_REQUIRE(leader.ready());
    BOOST_TEST(eventually(waits::limit,
                          [&] { return sample(scraped(leader.address()), "bridgewatch_database_replica") == 0.0; }));
    BOOST_TEST(!sample(scraped(leader.address()), "bridgewatch_database_replica_lag_seconds").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
