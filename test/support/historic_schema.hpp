#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace bridgewatch::test {

/// Upstream's tables at some age: the required columns, and behind them in each table what that release had more.
struct column_set {
    std::string_view name;
    std::string_view interceptions = "", token_usages = "", tool_usages = "", users = "",
                     api_keys = ""; ///< ", column type" for each
    bool visible_name = false, thoughts = false;
};

inline std::ostream& operator<<(std::ostream& out, column_set const& set)
{
    return out << set.name;
}

/// The statements that make a database of that age, empty.
[[nodiscard]] std::string create_statements(column_set const& set);

/// The very first release: required columns only, keys without scopes.
inline constexpr column_set first_release{.name = "first release"};

inline constexpr column_set with_metadata{.name = "metadata, ended_at and api_key_id",
                                          .interceptions = ", metadata jsonb, ended_at timestamptz, api_key_id text",
                                          .users = ", name text NOT NULL DEFAULT ''",
                                          .api_keys = ", scope api_key_scope NOT NULL DEFAULT 'all'",
                                          .visible_name = true};

inline constexpr column_set with_client{
    .name = "client and cache tokens",
    .interceptions = ", metadata jsonb, ended_at timestamptz, api_key_id text, client varchar(64) DEFAULT 'Unknown'",
    .token_usages =
        ", cache_read_input_tokens bigint NOT NULL DEFAULT 0, cache_write_input_tokens bigint NOT NULL DEFAULT 0",
    .users = ", name text NOT NULL DEFAULT '', avatar_url text NOT NULL DEFAULT ''",
    .api_keys = ", scopes api_key_scope[] NOT NULL DEFAULT '{all}'",
    .visible_name = true};

inline constexpr column_set with_sessions{
    .name = "threads and sessions",
    .interceptions = ", metadata jsonb, ended_at timestamptz, api_key_id text, client varchar(64) DEFAULT 'Unknown', "
                     "thread_parent_id uuid, thread_root_id uuid, client_session_id varchar(256), session_id text NOT "
                     "NULL GENERATED ALWAYS AS (coalesce(client_session_id, thread_root_id::text, id::text)) STORED",
    .token_usages =
        ", cache_read_input_tokens bigint NOT NULL DEFAULT 0, cache_write_input_tokens bigint NOT NULL DEFAULT 0",
    .tool_usages = ", provider_tool_call_id text",
    .users = ", name text NOT NULL DEFAULT '', avatar_url text NOT NULL DEFAULT '', is_system boolean NOT NULL DEFAULT "
             "false",
    .api_keys = ", scopes api_key_scope[] NOT NULL DEFAULT '{all}'",
    .visible_name = true,
    .thoughts = true};

inline constexpr column_set with_credentials{
    .name = "provider_name, credentials, errors and annotations, no session columns",
    .interceptions = ", metadata jsonb, ended_at timestamptz, api_key_id text, client varchar(64) DEFAULT 'Unknown', "
                     "provider_name text NOT NULL DEFAULT '', credential_kind text NOT NULL DEFAULT 'centralized', "
                     "credential_hint varchar(15) NOT NULL DEFAULT '', error_type text, error_message varchar(1024), "
                     "annotations jsonb NOT NULL DEFAULT '{}'",
    .token_usages = ", cost_micros bigint",
    .users = ", name text NOT NULL DEFAULT '', is_system boolean NOT NULL DEFAULT false",
    .api_keys = ", scopes api_key_scope[] NOT NULL DEFAULT '{all}'",
    .visible_name = true,
    .thoughts = true};

} // namespace bridgewatch::test
