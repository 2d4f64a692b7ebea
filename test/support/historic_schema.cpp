#include "test/support/historic_schema.hpp"

namespace bridgewatch::test {
namespace {

std::string table(std::string_view name, std::string_view required, std::string_view more)
{
    std::string out = "CREATE TABLE ";
    return out.append(name).append(" (").append(required).append(more).append(");\n");
}

} // namespace

std::string create_statements(column_set const& set)
{
    auto sql = std::string{"CREATE TYPE user_status AS ENUM ('active', 'suspended', 'dormant');\n"
                           "CREATE TYPE api_key_scope AS ENUM ('all', 'application_connect');\n"} +
               table("users",
                     "id uuid PRIMARY KEY, username text NOT NULL, email text NOT NULL, status user_status NOT NULL, "
                     "rbac_roles text[] NOT NULL, deleted boolean NOT NULL",
                     set.users) +
               table("api_keys",
                     "id text PRIMARY KEY, hashed_secret bytea NOT NULL, user_id uuid NOT NULL, "
                     "expires_at timestamptz NOT NULL",
                     set.api_keys) +
               table("aibridge_interceptions",
                     "id uuid PRIMARY KEY, initiator_id uuid NOT NULL, provider text NOT NULL, model text NOT NULL, "
                     "started_at timestamptz NOT NULL",
                     set.interceptions) +
               table("aibridge_token_usages",
                     "id uuid PRIMARY KEY, interception_id uuid NOT NULL, provider_response_id text NOT NULL, "
                     "input_tokens bigint NOT NULL, output_tokens bigint NOT NULL, metadata jsonb, created_at "
                     "timestamptz NOT NULL",
                     set.token_usages) +
               table("aibridge_user_prompts",
                     "id uuid PRIMARY KEY, interception_id uuid NOT NULL, provider_response_id text NOT NULL, prompt "
                     "text NOT NULL, metadata jsonb, created_at timestamptz NOT NULL",
                     {}) +
               table("aibridge_tool_usages",
                     "id uuid PRIMARY KEY, interception_id uuid NOT NULL, provider_response_id text NOT NULL, "
                     "server_url text, tool text NOT NULL, input text NOT NULL, injected boolean NOT NULL, "
                     "invocation_error text, metadata jsonb, created_at timestamptz NOT NULL",
                     set.tool_usages);
    if (set.thoughts)
        sql += table("aibridge_model_thoughts",
                     "interception_id uuid NOT NULL, content text NOT NULL, metadata jsonb, created_at timestamptz NOT "
                     "NULL",
                     {});
    // A release without avatars still had the view's column: the contract requires it there.
    auto const avatar =
        set.users.find("avatar_url") != std::string_view::npos ? "avatar_url" : "''::text AS avatar_url";
    sql.append("CREATE VIEW visible_users AS SELECT id, username, ").append(avatar);
    if (set.visible_name)
        sql += ", name";
    return sql + " FROM users;\n";
}

} // namespace bridgewatch::test
