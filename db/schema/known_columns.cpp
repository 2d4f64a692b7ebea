#include "db/schema/known_columns.hpp"

namespace bridgewatch::schema {
namespace {

constexpr known_column columns[] = {
    {"aibridge_interceptions", "id", nullptr},
    {"aibridge_interceptions", "initiator_id", nullptr},
    {"aibridge_interceptions", "provider", nullptr},
    {"aibridge_interceptions", "model", nullptr},
    {"aibridge_interceptions", "started_at", nullptr},
    {"aibridge_interceptions", "metadata", [](shape& s) -> bool& { return s.interceptions.metadata; }},
    {"aibridge_interceptions", "ended_at", [](shape& s) -> bool& { return s.interceptions.ended_at; }},
    {"aibridge_interceptions", "api_key_id", [](shape& s) -> bool& { return s.interceptions.api_key_id; }},
    {"aibridge_interceptions", "client", [](shape& s) -> bool& { return s.interceptions.client; }},
    {"aibridge_interceptions", "thread_parent_id", [](shape& s) -> bool& { return s.interceptions.thread_parent_id; }},
    {"aibridge_interceptions", "thread_root_id", [](shape& s) -> bool& { return s.interceptions.thread_root_id; }},
    {"aibridge_interceptions", "client_session_id",
     [](shape& s) -> bool& { return s.interceptions.client_session_id; }},
    {"aibridge_interceptions", "session_id", [](shape& s) -> bool& { return s.interceptions.session_id; }},
    {"aibridge_interceptions", "provider_name", [](shape& s) -> bool& { return s.interceptions.provider_name; }},
    {"aibridge_interceptions", "credential_kind", [](shape& s) -> bool& { return s.interceptions.credential_kind; }},
    {"aibridge_interceptions", "credential_hint", [](shape& s) -> bool& { return s.interceptions.credential_hint; }},
    {"aibridge_interceptions", "error_type", [](shape& s) -> bool& { return s.interceptions.error_type; }},
    {"aibridge_interceptions", "error_message", [](shape& s) -> bool& { return s.interceptions.error_message; }},
    {"aibridge_interceptions", "annotations", [](shape& s) -> bool& { return s.interceptions.annotations; }},
    {"aibridge_token_usages", "id", nullptr},
    {"aibridge_token_usages", "interception_id", nullptr},
    {"aibridge_token_usages", "provider_response_id", nullptr},
    {"aibridge_token_usages", "input_tokens", nullptr},
    {"aibridge_token_usages", "output_tokens", nullptr},
    {"aibridge_token_usages", "metadata", nullptr},
    {"aibridge_token_usages", "created_at", nullptr},
    {"aibridge_token_usages", "cache_read_input_tokens",
     [](shape& s) -> bool& { return s.token_usages.cache_read_input_tokens; }},
    {"aibridge_token_usages", "cache_write_input_tokens",
     [](shape& s) -> bool& { return s.token_usages.cache_write_input_tokens; }},
    {"aibridge_token_usages", "cost_micros", [](shape& s) -> bool& { return s.token_usages.cost_micros; }},
    {"aibridge_user_prompts", "id", nullptr},
    {"aibridge_user_prompts", "interception_id", nullptr},
    {"aibridge_user_prompts", "provider_response_id", nullptr},
    {"aibridge_user_prompts", "prompt", nullptr},
    {"aibridge_user_prompts", "metadata", nullptr},
    {"aibridge_user_prompts", "created_at", nullptr},
    {"aibridge_tool_usages", "id", nullptr},
    {"aibridge_tool_usages", "interception_id", nullptr},
    {"aibridge_tool_usages", "provider_response_id", nullptr},
    {"aibridge_tool_usages", "server_url", nullptr},
    {"aibridge_tool_usages", "tool", nullptr},
    {"aibridge_tool_usages", "input", nullptr},
    {"aibridge_tool_usages", "injected", nullptr},
    {"aibridge_tool_usages", "invocation_error", nullptr},
    {"aibridge_tool_usages", "metadata", nullptr},
    {"aibridge_tool_usages", "created_at", nullptr},
    {"aibridge_tool_usages", "provider_tool_call_id",
     [](shape& s) -> bool& { return s.tool_usages.provider_tool_call_id; }},
    {"users", "id", nullptr},
    {"users", "username", nullptr},
    {"users", "email", nullptr},
    {"users", "status", nullptr},
    {"users", "rbac_roles", nullptr},
    {"users", "deleted", nullptr},
    {"users", "name", [](shape& s) -> bool& { return s.users.name; }},
    {"users", "avatar_url", [](shape& s) -> bool& { return s.users.avatar_url; }},
    {"users", "is_system", [](shape& s) -> bool& { return s.users.is_system; }},
    {"visible_users", "id", nullptr},
    {"visible_users", "username", nullptr},
    {"visible_users", "avatar_url", nullptr},
    {"visible_users", "name", [](shape& s) -> bool& { return s.visible_users.name; }},
    {"api_keys", "id", nullptr},
    {"api_keys", "hashed_secret", nullptr},
    {"api_keys", "user_id", nullptr},
    {"api_keys", "expires_at", nullptr},
    {"api_keys", "scope", [](shape& s) -> bool& { return s.api_keys.scope; }},
    {"api_keys", "scopes", [](shape& s) -> bool& { return s.api_keys.scopes; }},
};

constexpr std::string_view thoughts[] = {"interception_id", "content", "metadata", "created_at"};

constexpr acceleration_column acceleration[] = {
    {"bridgewatch_acceleration", "version"},
    {"bridgewatch_acceleration", "state"},
    {"bridgewatch_acceleration", "triggers"},
    {"bridgewatch_acceleration", "closed_to"},
    {"bridgewatch_journal_entries", "interception_id"},
    {"bridgewatch_journal_entries", "session_id"},
    {"bridgewatch_journal_entries", "delta"},
    {"bridgewatch_sessions", "session_id"},
    {"bridgewatch_sessions", "last_active_at"},
    {"bridgewatch_sessions", "earliest_at"},
    {"bridgewatch_sessions", "latest_at"},
    {"bridgewatch_session_counts", "initiator_id"},
    {"bridgewatch_session_counts", "n"},
    {"bridgewatch_counts", "bucket"},
    {"bridgewatch_counts", "initiator_id"},
    {"bridgewatch_counts", "n"},
};

constexpr std::string_view tables[] = {
    "aibridge_interceptions",
    "aibridge_token_usages",
    "aibridge_user_prompts",
    "aibridge_tool_usages",
    "users",
    "visible_users",
    "api_keys",
    thoughts_table,
};

} // namespace

std::span<known_column const> known_columns()
{
    return columns;
}

std::span<std::string_view const> thoughts_columns()
{
    return thoughts;
}

std::span<acceleration_column const> acceleration_columns()
{
    return acceleration;
}

std::span<std::string_view const> known_tables()
{
    return tables;
}

} // namespace bridgewatch::schema
