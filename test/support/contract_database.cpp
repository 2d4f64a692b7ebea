#include "test/support/contract_database.hpp"

#include "db/schema/migrate.hpp"
#include "test/support/cluster.hpp"
#include "test/support/session.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace bridgewatch::test::contract_database {
namespace {

constexpr char const* callers = R"sql(
INSERT INTO users (id, email, username, name, status, rbac_roles, deleted, avatar_url) VALUES
    ('00000000-0000-4000-8000-000000000001', 'alice@example.com', 'alice', 'Alice', 'active', '{owner}', false, 'https://example.com/a.png'),
    ('00000000-0000-4000-8000-000000000002', 'bob@example.com', 'Bob', 'Bob "B" \', 'active', '{auditor}', false, ''),
    ('00000000-0000-4000-8000-000000000003', 'carol@example.com', 'carol', 'Carol', 'active', '{}', false, ''),
    ('00000000-0000-4000-8000-000000000004', 'dave@example.com', 'dave', 'Dave', 'suspended', '{owner}', false, ''),
    ('00000000-0000-4000-8000-000000000005', 'erin@example.com', 'erin', 'Erin', 'dormant', '{owner}', false, ''),
    ('00000000-0000-4000-8000-000000000006', 'frank@example.com', 'frank', 'Frank', 'active', '{owner}', true, '');
INSERT INTO api_keys (id, hashed_secret, user_id, expires_at, scopes)
SELECT k.id, sha256(repeat('s', 22)::bytea), ('00000000-0000-4000-8000-00000000000' || k.owner)::uuid, k.expires_at::timestamptz,
       k.scopes::api_key_scope[]
FROM (VALUES ('keyowner00', 1, '2099-01-01Z', '{coder:all}'), ('keyauditor', 2, '2099-01-01Z', '{aibridge_interception:*}'),
             ('keymember0', 3, '2099-01-01Z', '{coder:all}'), ('keysuspend', 4, '2099-01-01Z', '{coder:all}'),
             ('keydormant', 5, '2099-01-01Z', '{coder:all}'), ('keydeleted', 6, '2099-01-01Z', '{coder:all}'),
             ('keyexpired', 1, '2025-01-01Z', '{coder:all}'), ('keynoscope', 1, '2099-01-01Z', '{workspace:read}'),
             ('keyreadone', 1, '2099-01-01Z', '{workspace:read,aibridge_interception:read}')) AS k (id, owner, expires_at, scopes);
)sql";

constexpr char const* interceptions = R"sql(
CREATE TEMP TABLE numbers AS
SELECT n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS id, timestamptz '2026-01-01Z' + make_interval(secs => n) AS at
FROM generate_series({0}, {1}) AS n;
INSERT INTO aibridge_interceptions (id, initiator_id, provider, provider_name, model, started_at, ended_at, api_key_id)
SELECT id, '00000000-0000-4000-8000-000000000003', 'openai', 'openai', 'gpt-5', at, at + interval '0.5 s', 'keymember0' FROM numbers;
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, created_at)
SELECT gen_random_uuid(), id, 'r' || n, n, n, at FROM numbers;
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
SELECT gen_random_uuid(), id, 'r' || n, 'prompt ' || n, at FROM numbers;
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, created_at)
SELECT gen_random_uuid(), id, 'r' || n, 'bash', 'ls ' || n, false, at FROM numbers;
)sql";

void fill(std::string const& conninfo)
{
    auto session = open_session(conninfo);
    if (auto const migrated = schema::migrate(session); migrated.has_error())
        throw std::runtime_error{migrated.error()};
    add_callers(conninfo);
}

} // namespace

void add_callers(std::string const& conninfo)
{
    cluster::execute(conninfo, callers);
}

std::string token(std::string_view key)
{
    return std::string{key} + "-" + std::string(22, 's');
}

std::string id(unsigned number)
{
    return fmt::format("00000000-0000-4000-8000-{:012}", number);
}

std::string create()
{
    auto& shared = cluster::shared();
    shared.create_template("contract", fill);
    return shared.create_database("contract");
}

void add_interceptions(std::string const& conninfo, unsigned first, unsigned last)
{
    cluster::execute(conninfo, fmt::format(fmt::runtime(interceptions), first, last));
}

} // namespace bridgewatch::test::contract_database
