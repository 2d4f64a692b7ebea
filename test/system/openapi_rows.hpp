#pragma once

/// Rows that between them have every form that a field takes.
namespace bridgewatch::test::openapi {

/// In a contract database: session `a/b "c"` with two threads, a follower and one in flight; the same id of another
/// initiator; a session of one interception with nothing behind it.
inline constexpr char const* newest_rows = R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, provider_name, model, client, client_session_id, thread_root_id, started_at, ended_at, api_key_id,
                                    credential_kind, credential_hint, error_type, error_message, metadata)
VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000002', 'anthropic', 'anthropic-eu', 'claude', 'Zed', 'a/b "c"', NULL,
        '2026-01-02 03:04:05.120+00', '2026-01-02 03:04:06+00', 'keyauditor', 'byok', 'sk-...1234', 'rate_limited', E'quota "x"\n', '{"team": "payments", "n": 1.10}'),
       ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-000000000002', 'openai', 'openai', 'gpt-5', NULL, 'a/b "c"', '00000000-0000-4000-8000-0000000000a1',
        '2026-01-02 03:04:07+00', '2026-01-02 03:04:09.000001+00', NULL, 'centralized', '', NULL, NULL, '[1, {"a": null}]'),
       ('00000000-0000-4000-8000-0000000000a3', '00000000-0000-4000-8000-000000000002', 'openai', 'openai', 'o3', NULL, 'a/b "c"', NULL,
        '2026-01-02 03:04:08+00', '2026-01-02 03:04:08.5+00', NULL, 'centralized', 'no hint', NULL, NULL, 'true'),
       ('00000000-0000-4000-8000-0000000000a4', '00000000-0000-4000-8000-000000000002', 'openai', 'openai', 'in flight', NULL, 'a/b "c"', NULL,
        '2026-01-01Z', NULL, NULL, 'centralized', '', NULL, NULL, '12345678901234567890123'),
       ('00000000-0000-4000-8000-0000000000a5', '00000000-0000-4000-8000-000000000003', 'openai', 'openai', 'o3', 'Cursor', 'a/b "c"', NULL,
        '2026-01-01Z', '2026-01-01Z', NULL, 'centralized', '', NULL, NULL, '"text"'),
       ('00000000-0000-4000-8000-0000000000a6', '00000000-0000-4000-8000-000000000001', 'openai', 'openai', 'o3', NULL, 'other', NULL,
        '-infinity', 'infinity', NULL, 'centralized', '', NULL, NULL, NULL);
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, cache_read_input_tokens, cache_write_input_tokens, metadata, created_at)
VALUES ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1', 'r', 1, 2, 3, 4, '{"cache": {"hits": 3}, "n": -2, "f": 1.5, "s": "8"}', '2026-01-02Z'),
       ('00000000-0000-4000-8000-0000000000b2', '00000000-0000-4000-8000-0000000000a2', 'r', 10, 20, 30, 40, '{"big": 9223372036854775807}', '2026-01-02Z'),
       ('00000000-0000-4000-8000-0000000000b3', '00000000-0000-4000-8000-0000000000a2', 'r', 9223372036854775807, 0, 0, 0, '{"big": 9223372036854775807}', '2026-01-02Z'),
       ('00000000-0000-4000-8000-0000000000b4', '00000000-0000-4000-8000-0000000000a3', 'r', 100, 200, 300, 400, '[1, {"n": 5}]', '2026-01-02Z');
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, metadata, created_at)
VALUES ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000a1', 'r', E'say "hi"\\\t数据', NULL, '2026-01-02 03:04:06+00'),
       ('00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-0000000000a2', '', '', '0', '2026-01-02 03:04:05.000001+00');
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, server_url, tool, input, injected, invocation_error, metadata, created_at)
VALUES ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000a2', 'r1', 'https://m', 'x', '', false, 'boom', '{"k": [1, 2.50]}', '2026-01-02 03:04:08+00'),
       ('00000000-0000-4000-8000-0000000000d2', '00000000-0000-4000-8000-0000000000a2', 'r2', NULL, 'bash', '{"a":1}', true, NULL, NULL, '2026-01-02 03:04:08+00');
INSERT INTO aibridge_model_thoughts (interception_id, content, created_at)
VALUES ('00000000-0000-4000-8000-0000000000a2', 'first', '2026-01-02 03:04:07+00'), ('00000000-0000-4000-8000-0000000000a2', 'then', '2026-01-02 03:04:08+00');
)sql";

/// For every schema that there was: an owner, two interceptions of which one has a child of each kind.
inline constexpr char const* historic_rows = R"sql(
INSERT INTO users (id, username, email, status, rbac_roles, deleted) VALUES (md5('u')::uuid, 'alice', 'a@example.com', 'active', '{owner}', false);
INSERT INTO api_keys (id, hashed_secret, user_id, expires_at) VALUES ('keyowner00', sha256(repeat('s', 22)::bytea), md5('u')::uuid, '2099-01-01Z');
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at)
VALUES ('00000000-0000-4000-8000-0000000000a1', md5('u')::uuid, 'anthropic', 'claude', '2026-01-02Z'),
       ('00000000-0000-4000-8000-0000000000a2', md5('u')::uuid, 'openai', 'o3', '2026-01-01 00:00:00.5Z');
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, metadata, created_at)
VALUES (md5('t')::uuid, '00000000-0000-4000-8000-0000000000a1', 'r', 1, 2, '{"n": {"m": 1}}', '2026-01-02Z');
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
VALUES (md5('p')::uuid, '00000000-0000-4000-8000-0000000000a1', 'r', 'hi', '2026-01-02Z');
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, created_at)
VALUES (md5('c')::uuid, '00000000-0000-4000-8000-0000000000a1', 'r', 'bash', 'ls', false, '2026-01-02Z');
)sql";

} // namespace bridgewatch::test::openapi
