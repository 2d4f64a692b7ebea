#include "lib/api/openapi_schema.hpp"

#include <utility>

// The bodies of answers about sessions.
namespace bridgewatch::api::openapi {
namespace {

using enum presence;

object token_sums()
{
    return closed("Sums over token usages.", {{"input_tokens", sum()},
                                              {"output_tokens", sum()},
                                              {"cache_read_input_tokens", sum()},
                                              {"cache_write_input_tokens", sum()}});
}

object detailed_token_sums()
{
    auto out = token_sums();
    out["properties"].as_object().emplace(
        "metadata", object{{"type", "object"},
                           {"description", "Sums of the integers in the token usages' metadata, by dotted key."},
                           {"additionalProperties", sum()}});
    out["required"].as_array().emplace_back("metadata");
    return out;
}

object session()
{
    return closed("Interceptions with one session id and one initiator.",
                  {{"id", text()},
                   {"initiator", ref("Initiator")},
                   {"providers", list_of(text())},
                   {"models", list_of(text())},
                   {"client", described(text_or_null(), "Of the earliest interception.")},
                   {"metadata", ref("Metadata")},
                   {"started_at", ref("Timestamp")},
                   {"ended_at", time_or_null(if_ends_recorded)},
                   {"threads", described(natural(), "How many threads have their root among those that match.")},
                   {"token_usage_summary", ref("TokenSums")},
                   {"last_prompt", described(text(), "Absent where there is none."), sometimes},
                   {"last_active_at", ref("Timestamp")}});
}

object session_detail()
{
    return closed("A session and a page of its threads.",
                  {{"id", text()},
                   {"initiator", ref("Initiator")},
                   {"providers", list_of(text())},
                   {"models", list_of(text())},
                   {"client", described(text(), "Absent where there is none."), sometimes},
                   {"metadata", ref("Metadata")},
                   {"page_started_at", described(ref("Timestamp"), "Absent on an empty page."), sometimes},
                   {"page_ended_at", time_or_null("Absent on an empty page."), sometimes},
                   {"started_at", ref("Timestamp")},
                   {"ended_at", time_or_null(if_ends_recorded)},
                   {"token_usage_summary", ref("DetailedTokenSums")},
                   {"threads", list_of(ref("Thread"))}});
}

object thread()
{
    constexpr std::string_view if_any = "Of the root; absent where there is none.";
    return closed(
        "An interception that follows no other, the root, and those that follow it.",
        {{"id", ref("Uuid")},
         {"prompt", described(text(), if_any), sometimes},
         {"model", text()},
         {"provider", text()},
         {"credential_kind", described(text(), if_recorded), sometimes},
         {"credential_hint", object{{"type", "string"}, {"maxLength", 15}, {"description", if_recorded}}, sometimes},
         {"error_type", described(text(), if_any), sometimes},
         {"error_message", described(text(), if_any), sometimes},
         {"started_at", ref("Timestamp")},
         {"ended_at", time_or_null(if_ends_recorded)},
         {"token_usage", ref("DetailedTokenSums")},
         {"agentic_actions", list_of(ref("AgenticAction"))}});
}

object tool_call()
{
    return closed("One tool call, without its outcome.", {{"id", ref("Uuid")},
                                                          {"interception_id", ref("Uuid")},
                                                          {"provider_response_id", text()},
                                                          {"server_url", text()},
                                                          {"tool", text()},
                                                          {"injected", flag()},
                                                          {"input", text()},
                                                          {"metadata", ref("Metadata")},
                                                          {"created_at", ref("Timestamp")}});
}

object agentic_action()
{
    auto calls = list_of(ref("ToolCall"));
    calls.emplace("minItems", 1);
    return closed("An interception with tool calls.", {{"model", text()},
                                                       {"token_usage", ref("DetailedTokenSums")},
                                                       {"thinking", list_of(ref("Thought"))},
                                                       {"tool_calls", std::move(calls)}});
}

} // namespace

object session_schemas()
{
    return {{"AgenticAction", agentic_action()},
            {"DetailedTokenSums", detailed_token_sums()},
            {"Session", session()},
            {"SessionDetail", session_detail()},
            {"SessionPage", page("Sessions, and how many there are.", "sessions", "Session")},
            {"Thought", closed("What the model thought before it called.", {{"text", text()}})},
            {"Thread", thread()},
            {"TokenSums", token_sums()},
            {"ToolCall", tool_call()}};
}

} // namespace bridgewatch::api::openapi
