#include "lib/observe/spans.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace bridgewatch::observe {

namespace {

namespace json = boost::json;
using std::chrono::system_clock;

enum class span_kind { internal = 1, server = 2, client = 3 }; // opentelemetry/proto/trace/v1/trace.proto
constexpr int status_error = 2;

json::object attribute(std::string_view key, std::string_view text)
{
    return {{"key", key}, {"value", {{"stringValue", text}}}};
}

json::object attribute(std::string_view key, std::size_t number)
{
    return {{"key", key}, {"value", {{"intValue", std::to_string(number)}}}};
}

std::string nanoseconds(system_clock::time_point at)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count());
}

template <std::size_t Length>
std::string_view text(std::array<char, Length> const& id)
{
    return {id.data(), id.size()};
}

struct span_times {
    system_clock::time_point begun, ended;
};

json::object span(traced_request const& of, std::string_view name, span_kind kind, span_times const& when,
                  json::array attributes, bool has_failed)
{
    json::object out{{"traceId", text(of.trace.trace_id)},
                     {"name", name},
                     {"kind", static_cast<int>(kind)},
                     {"startTimeUnixNano", nanoseconds(when.begun)},
                     {"endTimeUnixNano", nanoseconds(when.ended)},
                     {"attributes", std::move(attributes)}};
    if (has_failed)
        out.emplace("status", json::object{{"code", status_error}});
    return out;
}

json::object request_span(traced_request const& of)
{
    json::array attributes{attribute("http.request.method", of.method), attribute("http.route", of.route),
                           attribute("http.response.status_code", static_cast<std::size_t>(of.status)),
                           attribute("bridgewatch.request_id", of.request_id),
                           attribute("bridgewatch.ended", of.ended)};
    if (of.stages_left_out > 0)
        attributes.push_back(attribute("bridgewatch.stages_left_out", of.stages_left_out));
    auto const name = std::string{of.method} + " " + std::string{of.route};
    auto out = span(of, name, span_kind::server, {of.begun, of.finished}, std::move(attributes), of.status >= 500);
    out.emplace("spanId", text(of.trace.span_id));
    if (of.trace.has_parent())
        out.emplace("parentSpanId", text(of.trace.parent_id));
    return out;
}

json::object stage_span(traced_request const& of, std::size_t at)
{
    auto const& stage = of.stages[at];
    bool const is_statement = stage.of == http::stage::kind::statement;
    json::array attributes;
    if (is_statement)
        attributes = {attribute("db.system.name", "postgresql"), attribute("db.operation.name", stage.name),
                      attribute("db.response.returned_rows", stage.rows)};
    auto const wall = [&](http::steady_time moment) {
        return system_clock::time_point{std::chrono::duration_cast<system_clock::duration>(moment.time_since_epoch()) +
                                        of.to_wall_clock};
    };
    auto out = span(of, stage.name, is_statement ? span_kind::client : span_kind::internal,
                    {wall(stage.begun), wall(stage.ended)}, std::move(attributes), stage.has_failed);
    out.emplace("spanId", text(of.stage_ids[at]));
    out.emplace("parentSpanId", text(of.trace.span_id));
    return out;
}

} // namespace

std::string otlp_json(std::vector<traced_request> const& requests, trace_resource const& from)
{
    json::array spans;
    for (auto const& request : requests) {
        spans.push_back(request_span(request));
        for (std::size_t at = 0; at < request.stages.size(); ++at)
            spans.push_back(stage_span(request, at));
    }
    json::array const resource{attribute("service.name", "bridgewatch"), attribute("service.version", from.version),
                               attribute("service.instance.id", from.instance)};
    json::object const scope{{"scope", {{"name", "bridgewatch"}, {"version", from.version}}}, {"spans", spans}};
    json::object const of_resource{{"resource", {{"attributes", resource}}}, {"scopeSpans", json::array{scope}}};
    return json::serialize(json::object{{"resourceSpans", json::array{of_resource}}});
}

} // namespace bridgewatch::observe
