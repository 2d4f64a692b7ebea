// Which requests are traced, and what is told of them?
#include "lib/http/traceparent.hpp"
#include "lib/observe/spans.hpp"
#include "lib/observe/tracer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::observe {
namespace {

constexpr std::string_view parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-";

template <std::size_t Length>
std::array<char, Length> id(std::string_view text)
{
    std::array<char, Length> out{};
    std::ranges::copy(text, out.begin());
    return out;
}

http::trace_context begun(tracer& by, std::string const& traceparent)
{
    http::request request;
    request.traceparent = traceparent;
    http::request_notes notes;
    by.begin(request, notes);
    return *notes.trace;
}

traced_request example()
{
    auto const at = http::steady_time{} + std::chrono::seconds{1};
    traced_request out{.trace = {.trace_id = id<32>("4bf92f3577b34da6a3ce929d0e0e4736"),
                                 .span_id = id<16>("1111111111111111"),
                                 .parent_id = id<16>("00f067aa0ba902b7"),
                                 .is_sampled = true},
                       .method = "GET",
                       .route = "/livez",
                       .ended = "ok",
                       .request_id = "a\"b",
                       .status = 503,
                       .begun = std::chrono::system_clock::time_point{std::chrono::seconds{10}},
                       .finished = std::chrono::system_clock::time_point{std::chrono::seconds{11}},
                       .to_wall_clock = std::chrono::seconds{9},
                       .stages = {{.name = "page",
                                   .begun = at,
                                   .ended = at + std::chrono::milliseconds{1},
                                   .of = http::stage::kind::statement,
                                   .rows = 3,
                                   .has_failed = true}},
                       .stage_ids = {id<16>("2222222222222222")},
                       .stages_left_out = 0};
    return out;
}

boost::json::array spans_of(std::string const& body)
{
    auto const parsed = boost::json::parse(body);
    return parsed.at_pointer("/resourceSpans/0/scopeSpans/0/spans").as_array();
}

BOOST_AUTO_TEST_SUITE(observe_traces)

BOOST_AUTO_TEST_CASE(callers_decision_counts)
{
    tracer none{0, 1, nullptr}, all{1, 1, nullptr};
    auto const taken = begun(none, std::string{parent} + "01");
    BOOST_TEST(taken.is_sampled);
    BOOST_TEST((taken.trace_id == id<32>(parent.substr(3, 32))));
    BOOST_TEST((taken.parent_id == id<16>(parent.substr(36, 16))));
    BOOST_TEST(!begun(all, std::string{parent} + "00").is_sampled);
    BOOST_TEST(begun(all, std::string{parent} + "03").is_sampled);
    BOOST_TEST(!begun(all, std::string{parent} + "02").is_sampled);
}

BOOST_AUTO_TEST_CASE(share_of_others_is_sampled)
{
    tracer half{0.5, 7, nullptr};
    int sampled = 0;
    constexpr int requests = 10'000;
    for (int i = 0; i < requests; ++i)
        sampled += begun(half, {}).is_sampled ? 1 : 0;
    BOOST_TEST(sampled > requests * 45 / 100);
    BOOST_TEST(sampled < requests * 55 / 100);
}

BOOST_AUTO_TEST_CASE(new_ids_are_valid_and_differ)
{
    tracer all{1, 1, nullptr};
    auto const one = begun(all, {}), two = begun(all, {});
    BOOST_TEST(!one.has_parent());
    BOOST_TEST(http::is_traceparent(http::traceparent_of(one)));
    BOOST_TEST((one.trace_id != two.trace_id));
    BOOST_TEST((one.span_id != two.span_id));
    BOOST_TEST(http::sql_comment(one) == "traceparent='" + http::traceparent_of(one) + "'");
}

BOOST_AUTO_TEST_CASE(request_and_its_stages_are_spans_of_one_trace)
{
    auto const spans = spans_of(otlp_json({example()}, {.version = "v1", .instance = "host:1"}));
    BOOST_TEST_REQUIRE(spans.size() == 2U);
    auto const& root = spans[0].as_object();
    auto const& page = spans[1].as_object();
    BOOST_TEST(root.at("traceId").as_string() == "4bf92f3577b34da6a3ce929d0e0e4736");
    BOOST_TEST(root.at("parentSpanId").as_string() == "00f067aa0ba902b7");
    BOOST_TEST(root.at("startTimeUnixNano").as_string() == "10000000000");
    BOOST_TEST(root.at("endTimeUnixNano").as_string() == "11000000000");
    BOOST_TEST(root.at("status").at("code").as_int64() == 2);
    BOOST_TEST(page.at("parentSpanId") == root.at("spanId"));
    BOOST_TEST(page.at("traceId") == root.at("traceId"));
    BOOST_TEST(page.at("startTimeUnixNano").as_string() == "10000000000"); // by the wall clock
    BOOST_TEST(page.at("endTimeUnixNano").as_string() == "10001000000");
    BOOST_TEST(page.at("kind").as_int64() == 3);
}

BOOST_AUTO_TEST_CASE(stages_past_the_bound_are_counted)
{
    http::request_notes notes;
    notes.add({.name = "unsampled", .begun = {}, .ended = {}});
    BOOST_TEST(notes.stages.empty());
    notes.trace.emplace().is_sampled = true;
    for (std::size_t i = 0; i < notes.stages.capacity() + 5; ++i)
        notes.add({.name = "page", .begun = {}, .ended = {}});
    BOOST_TEST(notes.stages.size() == notes.stages.capacity());
    BOOST_TEST(notes.stages_left_out == 5U);
}

BOOST_AUTO_TEST_CASE(target_is_the_collectors_base)
{
    auto const plain = otlp_target::parse("http://collector:4318");
    BOOST_TEST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->host == "collector");
    BOOST_TEST(plain->port == "4318");
    BOOST_TEST(plain->path == "/v1/traces");
    BOOST_TEST(!plain->is_tls);
    auto const prefixed = otlp_target::parse("https://[::1]/otlp/");
    BOOST_TEST_REQUIRE(prefixed.has_value());
    BOOST_TEST(prefixed->host == "::1");
    BOOST_TEST(prefixed->port == "443");
    BOOST_TEST(prefixed->path == "/otlp/v1/traces");
    BOOST_TEST(prefixed->is_tls);
    for (auto const* bad : {"", "collector:4318", "grpc://c:4317", "http://", "http://u:p@c", "http://c/?a=b"})
        BOOST_TEST(!otlp_target::parse(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::observe
