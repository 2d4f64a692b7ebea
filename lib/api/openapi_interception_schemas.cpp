#include "lib/api/openapi_schema.hpp"

#include <utility>

// The bodies of answers about interceptions.
namespace bridgewatch::api::openapi {
namespace {

using enum presence;

object initiator()
{
    return closed("The user who made the request.",
                  {{"id", ref("Uuid")}, {"username", text()}, {"name", text()}, {"avatar_url", text()}});
}

object token_usage()
{
    return closed("What one response of the provider cost in tokens.",
                  {{"id", ref("Uuid")},
                   {"interception_id", ref("Uuid")},
                   {"provider_response_id", text()},
                   {"input_tokens", integer()},
                   {"output_tokens", integer()},
                   {"cache_read_input_tokens", described(integer(), if_recorded), sometimes},
                   {"cache_write_input_tokens", described(integer(), if_recorded), sometimes},
                   {"metadata", ref("Metadata")},
                   {"created_at", ref("Timestamp")}});
}

object user_prompt()
{
    return closed("What the user asked.", {{"id", ref("Uuid")},
                                           {"interception_id", ref("Uuid")},
                                           {"provider_response_id", text()},
                                           {"prompt", text()},
                                           {"metadata", ref("Metadata")},
                                           {"created_at", ref("Timestamp")}});
}

object tool_usage()
{
    return closed("One tool call.", {{"id", ref("Uuid")},
                                     {"interception_id", ref("Uuid")},
                                     {"provider_response_id", text()},
                                     {"server_url", described(text(), "Empty where there is none.")},
                                     {"tool", text()},
                                     {"input", text()},
                                     {"injected", described(flag(), "Whether the gateway added the tool.")},
                                     {"invocation_error", described(text(), "Empty where there was none.")},
                                     {"metadata", ref("Metadata")},
                                     {"created_at", ref("Timestamp")}});
}

object interception()
{
    return closed(
        "One recorded request to a provider.",
        {{"id", ref("Uuid")},
         {"api_key_id", text_or_null()},
         {"initiator", ref("Initiator")},
         {"provider", text()},
         {"model", text()},
         {"provider_name", described(text(), if_recorded), sometimes},
         {"client", described(text_or_null(), if_recorded), sometimes},
         {"session_id", described(text(), if_recorded), sometimes},
         {"metadata", ref("Metadata")},
         {"started_at", ref("Timestamp")},
         {"ended_at", time_or_null("Null while it is in flight, and where the database does not record ends.")},
         {"token_usages", list_of(ref("TokenUsage"))},
         {"user_prompts", list_of(ref("UserPrompt"))},
         {"tool_usages", list_of(ref("ToolUsage"))}});
}

} // namespace

object interception_schemas()
{
    return {{"Initiator", initiator()},
            {"Interception", interception()},
            {"InterceptionPage", page("Interceptions, and how many there are.", "results", "Interception")},
            {"TokenUsage", token_usage()},
            {"ToolUsage", tool_usage()},
            {"UserPrompt", user_prompt()}};
}

} // namespace bridgewatch::api::openapi
