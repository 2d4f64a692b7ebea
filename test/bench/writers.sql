-- One request as AI Bridge records it: each statement a transaction of its own.
-- Sessions of six, each of one user.

-- A service keeps its connections, and with them what each plans once.
\if :folds_to_plan
SELECT bridgewatch_fold(0);
\set folds_to_plan 0
\endif
\set n random(1, 20000)
\set user mod(:n / 6, 50)
\set tokens random(1, 2)
SELECT gen_random_uuid() AS id, (SELECT id FROM users ORDER BY id OFFSET :user % (SELECT count(*) FROM users) LIMIT 1) AS initiator \gset
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, metadata, api_key_id, client, client_session_id)
    VALUES (:id, :initiator, 'anthropic', 'claude-sonnet-4-5', now(), '{"team": "payments", "attempt": 1}', 'benchowner', 'Claude Code', 'session-' || :n::int / 6);
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, metadata, created_at) VALUES (gen_random_uuid(), :id, 'msg_' || :n::int,
    'The build fails on main since commit ' || md5(:n::text) || ': the linker does not find the symbol. Find out which change did it, and add a test.', '{}', now());
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, metadata, created_at) VALUES (gen_random_uuid(), :id, 'msg_' || :n::int,
    'Now write the message of the commit, and explain in two sentences why ' || :n::text || ' was not enough.', '{}', now());
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, metadata, created_at)
    SELECT gen_random_uuid(), :id, 'msg_' || :n::int, 1200, 300, '{"cache_read_input": 900}', now() FROM generate_series(1, :tokens::int);
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, server_url, tool, input, injected, invocation_error, metadata, created_at)
    VALUES (gen_random_uuid(), :id, 'msg_' || :n::int, NULL, 'grep', '{"pattern": "' || md5(:n::text) || '", "path": "src/module", "recursive": true}', false, NULL, '{}', now());
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, server_url, tool, input, injected, invocation_error, metadata, created_at)
    VALUES (gen_random_uuid(), :id, 'msg_' || :n::int, 'https://mcp.example.com', 'bash', '{"command": "make -j2 check && git log -n ' || :n::text || '"}', true, NULL, '{}', now());
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, server_url, tool, input, injected, invocation_error, metadata, created_at)
    VALUES (gen_random_uuid(), :id, 'msg_' || :n::int, NULL, 'write_file', '{"path": "src/' || :n::text || '.cpp", "text": "int main() { return 0; }"}', false, 'timeout', '{}', now());
UPDATE aibridge_interceptions SET ended_at = now() WHERE id = :id;
