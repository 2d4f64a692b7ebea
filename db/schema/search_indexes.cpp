#include "db/schema/search_indexes.hpp"

namespace bridgewatch::schema {
namespace {

constexpr search_index indexes[] = {
    // sessions: the latest prompts first, and the members of one; db/sql/sessions.hpp tells how they are walked
    {.name = "bridgewatch_prompt_created",
     .table = "aibridge_user_prompts",
     .definition = "(created_at DESC, id DESC) INCLUDE (interception_id)"},
    {.name = "bridgewatch_session",
     .table = "aibridge_interceptions",
     .definition = "(session_id, initiator_id, started_at DESC, id DESC) WHERE ended_at IS NOT NULL",
     .has_columns = [](shape const& s) { return s.interceptions.session_id && s.interceptions.ended_at; }},
    // prompt:, thinking:, tool_input:, tool_error:, error_message:, text:
    {.name = "bridgewatch_prompt_trgm", .table = "aibridge_user_prompts", .definition = "USING gin (prompt TRIGRAMS)"},
    {.name = "bridgewatch_tool_input_trgm",
     .table = "aibridge_tool_usages",
     .definition = "USING gin (input TRIGRAMS)"},
    {.name = "bridgewatch_tool_error_trgm",
     .table = "aibridge_tool_usages",
     .definition = "USING gin (invocation_error TRIGRAMS) WHERE invocation_error IS NOT NULL"},
    {.name = "bridgewatch_thought_trgm",
     .table = "aibridge_model_thoughts",
     .definition = "USING gin (content TRIGRAMS)",
     .has_columns = [](shape const& s) { return s.model_thoughts; }},
    {.name = "bridgewatch_error_message_trgm",
     .table = "aibridge_interceptions",
     .definition = "USING gin (error_message TRIGRAMS) WHERE error_message IS NOT NULL",
     .has_columns = [](shape const& s) { return s.interceptions.error_message; }},
    // model:, client:, tool: and server_url: with wildcards
    {.name = "bridgewatch_model_trgm", .table = "aibridge_interceptions", .definition = "USING gin (model TRIGRAMS)"},
    {.name = "bridgewatch_client_trgm",
     .table = "aibridge_interceptions",
     .definition = "USING gin (client TRIGRAMS)",
     .has_columns = [](shape const& s) { return s.interceptions.client; }},
    {.name = "bridgewatch_tool_trgm", .table = "aibridge_tool_usages", .definition = "USING gin (tool TRIGRAMS)"},
    {.name = "bridgewatch_server_url_trgm",
     .table = "aibridge_tool_usages",
     .definition = "USING gin (server_url TRIGRAMS) WHERE server_url IS NOT NULL"},
    // tool:, server_url: without
    {.name = "bridgewatch_tool", .table = "aibridge_tool_usages", .definition = "(tool)"},
    {.name = "bridgewatch_server_url",
     .table = "aibridge_tool_usages",
     .definition = "(server_url) WHERE server_url IS NOT NULL"},
    // provider_name:, api_key_id:, ended:
    {.name = "bridgewatch_provider_name",
     .table = "aibridge_interceptions",
     .definition = "(provider_name)",
     .has_columns = [](shape const& s) { return s.interceptions.provider_name; }},
    {.name = "bridgewatch_api_key_id",
     .table = "aibridge_interceptions",
     .definition = "(api_key_id)",
     .has_columns = [](shape const& s) { return s.interceptions.api_key_id; }},
    {.name = "bridgewatch_ended_at",
     .table = "aibridge_interceptions",
     .definition = "(ended_at)",
     .has_columns = [](shape const& s) { return s.interceptions.ended_at; }},
    // duration: the same expression as in db/sql/filter.cpp
    {.name = "bridgewatch_duration",
     .table = "aibridge_interceptions",
     .definition = "((CASE WHEN isfinite(ended_at) AND isfinite(started_at) THEN (extract(epoch FROM ended_at - "
                   "started_at) * 1000000)::bigint END))",
     .has_columns = [](shape const& s) { return s.interceptions.ended_at; }},
    // is:failed, error_type: in the order of the list
    {.name = "bridgewatch_failed",
     .table = "aibridge_interceptions",
     .definition = "(started_at DESC, id DESC) WHERE error_type IS NOT NULL OR error_message IS NOT NULL",
     .has_columns = [](shape const& s) { return s.interceptions.error_type && s.interceptions.error_message; }},
    // metadata.…:, annotation.…:
    {.name = "bridgewatch_metadata",
     .table = "aibridge_interceptions",
     .definition = "USING gin (metadata jsonb_path_ops)",
     .has_columns = [](shape const& s) { return s.interceptions.metadata; }},
    {.name = "bridgewatch_annotations",
     .table = "aibridge_interceptions",
     .definition = "USING gin (annotations jsonb_path_ops)",
     .has_columns = [](shape const& s) { return s.interceptions.annotations; }},
};

} // namespace

std::span<search_index const> search_indexes()
{
    return indexes;
}

} // namespace bridgewatch::schema
