// Do spans arrive at a receiver that others have made, in one trace with the caller's, and does nobody wait for it?
#include "test/support/audit_log.hpp"
#include "test/support/metric_sample.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace bridgewatch::test {
namespace {

std::string const tools = BRIDGEWATCH_SOURCE_DIR "/test/otlp";
std::string const list{interceptions_path};
constexpr std::string_view trace_id = "0af7651916cd43dd8448eb211c80319c", caller_span = "b7ad6b7169203331";

http_headers traced(std::string_view flags)
{
    auto headers = as_owner();
    headers.emplace_back("traceparent",
                         "00-" + std::string{trace_id} + "-" + std::string{caller_span} + "-" + std::string{flags});
    return headers;
}

std::vector<std::string> required_tools()
{
    BOOST_TEST_REQUIRE(std::filesystem::exists(tools + "/node_modules"),
                       "npm's packages are missing: ./dev test installs them");
    return {"node", tools + "/receiver.mjs"};
}

/// A collector of OpenTelemetry's protocol, and what it has received.
class receiver {
  public:
    receiver() : program_{required_tools()}
    {
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return !lines().empty(); }), program_.errors());
        url_ = lines().front().at("url").as_string();
    }

    [[nodiscard]] std::string const& url() const { return url_; }

    /// By name; of several the last.
    [[nodiscard]] std::map<std::string, boost::json::object> spans() const
    {
        std::map<std::string, boost::json::object> out;
        for (auto const& line : lines())
            if (auto const* all = line.if_contains("resourceSpans"))
                for (auto const& span : all->at_pointer("/0/scopeSpans/0/spans").as_array())
                    out[std::string{span.at("name").as_string()}] = span.as_object();
        return out;
    }

    [[nodiscard]] bool has(std::string const& name) const
    {
        return eventually(waits::limit, [&] { return spans().contains(name); });
    }

    void stop() { program_.send(SIGSTOP); }

  private:
    [[nodiscard]] std::vector<boost::json::object> lines() const
    {
        std::vector<boost::json::object> out;
        auto const text = program_.output();
        std::istringstream in{text.substr(0, text.rfind('\n') + 1)};
        for (std::string line; std::getline(in, line);)
            out.push_back(boost::json::parse(line).as_object());
        return out;
    }

    process program_;
    std::string url_;
};

std::string text(boost::json::object const& span, std::string_view key)
{
    auto const* const value = span.if_contains(key);
    return value == nullptr ? "" : std::string{value->as_string()};
}

double metric(served const& server, std::string const& name)
{
    return sample(fetch(server.address(), "/metrics").body, name).value_or(-1);
}

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(request_of_a_traced_caller_is_part_of_its_trace)
{
    audit_log const log;
    receiver const collector;
    served const server{log.conninfo(), {"--otlp-endpoint", collector.url(), "--trace-sample", "0"}};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(fetch(server.address(), list, traced("00")).status == 200);
    BOOST_TEST(fetch(server.address(), list + "?limit=2", traced("01")).status == 200);
    BOOST_TEST_REQUIRE(collector.has("GET " + list));
    auto const spans = collector.spans();
    auto const& root = spans.at("GET " + list);
    BOOST_TEST(text(root, "parentSpanId") == caller_span);
    for (auto const* name : {"auth", "pool_wait", "page", "user_prompts", "count", "serialize"}) {
        BOOST_TEST_REQUIRE(spans.contains(name), name);
        auto const& span = spans.at(name);
        BOOST_TEST(text(span, "traceId") == trace_id);
        BOOST_TEST(text(span, "parentSpanId") == text(root, "spanId"));
        BOOST_TEST(text(span, "startTimeUnixNano") >= text(root, "startTimeUnixNano"));
        BOOST_TEST(text(span, "endTimeUnixNano") <= text(root, "endTimeUnixNano"));
    }
    BOOST_TEST(eventually(waits::limit, [&] {
        return metric(server, "bridgewatch_trace_spans_exported_total") >= double(spans.size());
    }));
}

BOOST_AUTO_TEST_CASE(share_of_all_requests_is_traced)
{
    audit_log const log;
    receiver const collector;
    served const server{log.conninfo(), {"--otlp-endpoint", collector.url() + "/"}};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST_REQUIRE(collector.has("GET /readyz"));
    BOOST_TEST(fetch(server.address(), list, as_owner()).status == 200);
    BOOST_TEST_REQUIRE(collector.has("GET " + list));
    auto const line = server.log_lines("request").back();
    BOOST_TEST(line.at("trace_id").as_string() == text(collector.spans().at("GET " + list), "traceId"));
}

BOOST_AUTO_TEST_CASE(traceparent_is_in_the_sql_where_that_is_asked_for)
{
    audit_log const log;
    served const server{log.conninfo(), {"--sql-comments", "--trace-sample", "0"}};
    BOOST_TEST_REQUIRE(server.ready());
    held_pages const held{log};
    auto waiting = ask_aside(server.address(), list, {{"traceparent", traced("01").back().second}});
    std::string const asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE "
                              "'%/*traceparent=''00-" +
                              std::string{trace_id} + "-%-01''*/'";
    BOOST_TEST(eventually(waits::limit, [&] { return log.value(asked) == "1"; }));
}

BOOST_AUTO_TEST_CASE(what_waits_is_sent_when_the_server_ends)
{
    audit_log const log;
    receiver const collector;
    served server{log.conninfo(), {"--otlp-endpoint", collector.url(), "--trace-sample", "0"}};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(fetch(server.address(), list, traced("01")).status == 200);
    server.program().send(SIGTERM);
    BOOST_TEST(server.program().wait(waits::limit).has_value());
    BOOST_TEST(collector.has("GET " + list));
}

BOOST_AUTO_TEST_CASE(collector_that_hangs_holds_nobody_and_what_is_lost_is_counted)
{
    audit_log const log;
    receiver collector;
    served server{log.conninfo(), {"--otlp-endpoint", collector.url()}};
    BOOST_TEST_REQUIRE(server.ready());
    collector.stop();
    http_client client{server.address()};
    for (int i = 0; i < 5000; ++i)
        BOOST_TEST_REQUIRE(client.get("/livez").status == 200);
    BOOST_TEST(eventually(waits::limit, [&] {
        return metric(server, R"(bridgewatch_trace_spans_dropped_total{reason="queue_full"})") > 0;
    }));
    BOOST_TEST(fetch(server.address(), list, as_owner()).status == 200);
    server.program().send(SIGTERM);
    auto const ended = server.program().wait(waits::limit);
    BOOST_TEST_REQUIRE(ended.has_value());
    BOOST_TEST(ended->code == 0);
}

BOOST_AUTO_TEST_CASE(collector_that_is_not_there_is_told_of_once)
{
    audit_log const log;
    served const server{log.conninfo(), {"--otlp-endpoint", "http://127.0.0.1:1"}};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(eventually(waits::limit,
                          [&] { return metric(server, R"(bridgewatch_trace_exports_total{outcome="failed"})") >= 2; }));
    BOOST_TEST(server.log_lines("trace_export_failed").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
