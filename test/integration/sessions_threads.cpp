#include "test/integration/sessions_threads.hpp"

#include "test/integration/sessions_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace bridgewatch::test::sessions {
namespace {

/// `,"name":value`, or nothing.
template <class T>
std::string field_or_nothing(std::string_view name, std::optional<T> const& value)
{
    return value ? fmt::format(R"(,"{}":{})", name, quoted(*value)) : "";
}

std::string usage_json(members const& all)
{
    return fmt::format(R"({{{},"metadata":{}}})", token_sums(all), metadata_sums(all));
}

std::string call_json(uuid const& interception, call const& of)
{
    return fmt::format(R"({{"id":{},"interception_id":{},"provider_response_id":{},"server_url":{},"tool":{},)"
                       R"("injected":{},"input":{},"metadata":{},"created_at":{}}})",
                       quoted(of.id), quoted(interception), quoted(of.response_id),
                       quoted(of.what.server_url.value_or("")), quoted(of.what.name), of.what.injected,
                       quoted(of.what.input), shown(of.metadata), quoted(of.created_at));
}

std::string thinking_json(std::vector<thought> thoughts)
{
    std::ranges::sort(thoughts, {}, &thought::created_at);
    std::vector<std::string> out;
    out.reserve(thoughts.size());
    for (auto const& each : thoughts)
        out.push_back(fmt::format(R"({{"text":{}}})", quoted(each.text)));
    return array_of(out);
}

std::string calls_json(uuid const& interception, std::vector<call> calls)
{
    std::ranges::sort(calls, {}, [](call const& each) { return std::tuple{each.created_at, each.id}; });
    std::vector<std::string> out;
    out.reserve(calls.size());
    for (auto const& each : calls)
        out.push_back(call_json(interception, each));
    return array_of(out);
}

std::string action_json(record const& of)
{
    return fmt::format(R"({{"model":{},"token_usage":{},"thinking":{},"tool_calls":{}}})", quoted(of.row.model),
                       usage_json({&of}), thinking_json(of.thoughts), calls_json(of.row.id, of.calls));
}

/// The root and its followers within the session, by start.
members thread_of(members const& session, record const& root)
{
    members out;
    std::ranges::copy_if(session, std::back_inserter(out),
                         [&](record const* each) { return each == &root || each->row.thread_root == root.row.id; });
    sort_by_start(out);
    return out;
}

std::optional<std::string> first_prompt(record const& of)
{
    auto const first = std::ranges::min_element(
        of.prompts, {}, [](prompt const& each) { return std::tuple{each.created_at, each.id}; });
    return first == of.prompts.end() ? std::nullopt : std::optional{first->text};
}

std::string thread_json(record const& root, members const& thread)
{
    std::vector<std::string> actions;
    for (auto const* each : thread)
        if (!each->calls.empty())
            actions.push_back(action_json(*each));
    return fmt::format(
        R"({{"id":{}{},"model":{},"provider":{},"credential_kind":"centralized","credential_hint":""{}{},)"
        R"("started_at":{},"ended_at":{},"token_usage":{},"agentic_actions":{}}})",
        quoted(root.row.id), field_or_nothing("prompt", first_prompt(root)), quoted(root.row.model),
        quoted(root.row.provider), field_or_nothing("error_type", root.row.error_type),
        field_or_nothing("error_message", root.row.error_message), quoted(first_start(thread)),
        quoted(*last_end(thread)), usage_json(thread), array_of(actions));
}

members page_of(members const& roots, thread_page const& page)
{
    auto const at = [&](uuid const& id) {
        return std::ranges::find(roots, id, [](record const* each) { return each->row.id; });
    };
    auto first = page.after ? std::next(at(*page.after)) : roots.begin();
    auto last = page.before ? at(*page.before) : roots.end();
    auto const size = std::min(static_cast<std::ptrdiff_t>(page.limit), last - first);
    if (page.before)
        first = last - size; // those just before it
    else
        last = first + size;
    return {first, last};
}

std::string page_bounds(members const& on_page)
{
    if (on_page.empty())
        return "";
    return fmt::format(R"("page_started_at":{},"page_ended_at":{},)", quoted(first_start(on_page)),
                       quoted(*last_end(on_page)));
}

} // namespace

members session_of(audit const& data, session_key const& key)
{
    members out;
    for (auto const& each : data.records)
        if (each.row.ended_at && key_of(each) == key)
            out.push_back(&each);
    sort_by_start(out);
    return out;
}

members roots_of(members const& session)
{
    members out;
    std::ranges::copy_if(session, std::back_inserter(out), [](record const* each) { return !each->row.thread_root; });
    sort_by_start(out);
    return out;
}

std::string session_body(members const& session, thread_page const& page)
{
    members on_page;
    std::vector<std::string> threads;
    for (auto const* root : page_of(roots_of(session), page)) {
        auto const thread = thread_of(session, *root);
        on_page.insert(on_page.end(), thread.begin(), thread.end());
        threads.push_back(thread_json(*root, thread));
    }
    auto const& earliest = session.front()->row;
    return fmt::format(
        R"({{{}{},"metadata":{},{}"started_at":{},"ended_at":{},"token_usage_summary":{},"threads":{}}})",
        identity_fields(session), field_or_nothing("client", earliest.client), shown(earliest.metadata),
        page_bounds(on_page), quoted(first_start(session)), quoted(*last_end(session)), usage_json(session),
        array_of(threads));
}

} // namespace bridgewatch::test::sessions
