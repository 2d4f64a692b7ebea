-- What was recorded under an interception. No foreign keys, as upstream has none: rows are written without waiting
-- for each other, and orphans are ignored by every reader.

CREATE TABLE aibridge_token_usages (
    id                       uuid        PRIMARY KEY,
    interception_id          uuid        NOT NULL,
    provider_response_id     text        NOT NULL,
    input_tokens             bigint      NOT NULL,
    output_tokens            bigint      NOT NULL,
    cache_read_input_tokens  bigint      NOT NULL DEFAULT 0,
    cache_write_input_tokens bigint      NOT NULL DEFAULT 0,
    cost_micros              bigint, -- millionths of a US dollar; null where unpriced
    metadata                 jsonb,
    created_at               timestamptz NOT NULL
);

CREATE TABLE aibridge_user_prompts (
    id                   uuid        PRIMARY KEY,
    interception_id      uuid        NOT NULL,
    provider_response_id text        NOT NULL,
    prompt               text        NOT NULL,
    metadata             jsonb,
    created_at           timestamptz NOT NULL
);

CREATE TABLE aibridge_tool_usages (
    id                    uuid        PRIMARY KEY,
    interception_id       uuid        NOT NULL,
    provider_response_id  text        NOT NULL,
    provider_tool_call_id text,
    server_url            text,
    tool                  text        NOT NULL,
    input                 text        NOT NULL,
    injected              boolean     NOT NULL DEFAULT false,
    invocation_error      text,
    metadata              jsonb,
    created_at            timestamptz NOT NULL
);

CREATE TABLE aibridge_model_thoughts (
    interception_id uuid        NOT NULL,
    content         text        NOT NULL,
    metadata        jsonb,
    created_at      timestamptz NOT NULL
);
