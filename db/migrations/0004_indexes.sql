-- The indexes that upstream ships: what is fast here is fast on an attached database too.

-- The order of every list: newest first, ids break ties.
CREATE INDEX idx_aibridge_interceptions_started_id_desc
    ON aibridge_interceptions (started_at DESC, id DESC);

CREATE INDEX idx_aibridge_interceptions_initiator_id ON aibridge_interceptions (initiator_id);
CREATE INDEX idx_aibridge_interceptions_provider ON aibridge_interceptions (provider);
CREATE INDEX idx_aibridge_interceptions_model ON aibridge_interceptions (model);
CREATE INDEX idx_aibridge_interceptions_client ON aibridge_interceptions (client);

-- Sessions and their threads.
CREATE INDEX idx_aibridge_interceptions_sessions_filter
    ON aibridge_interceptions (initiator_id, started_at DESC, id DESC) WHERE ended_at IS NOT NULL;
CREATE INDEX idx_aibridge_interceptions_session_id
    ON aibridge_interceptions (session_id) WHERE ended_at IS NOT NULL;
CREATE INDEX idx_aibridge_interceptions_client_session_id
    ON aibridge_interceptions (client_session_id) WHERE client_session_id IS NOT NULL;
CREATE INDEX idx_aibridge_interceptions_thread_root_id ON aibridge_interceptions (thread_root_id);

-- The children of a page.
CREATE INDEX idx_aibridge_token_usages_interception_id ON aibridge_token_usages (interception_id);
CREATE INDEX idx_aibridge_tool_usages_interception_id ON aibridge_tool_usages (interception_id);
CREATE INDEX idx_aibridge_model_thoughts_interception_id ON aibridge_model_thoughts (interception_id);
CREATE INDEX idx_aibridge_user_prompts_interception_id ON aibridge_user_prompts (interception_id);
CREATE INDEX idx_aibridge_user_prompts_interception_created
    ON aibridge_user_prompts (interception_id, created_at DESC, id DESC);
