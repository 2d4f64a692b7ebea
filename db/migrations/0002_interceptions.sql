-- One row per request that a user's tool made to a provider.

CREATE TYPE credential_kind AS ENUM ('centralized', 'byok');

CREATE TYPE aibridge_interception_error_type AS ENUM (
    'bad_request',
    'unauthorized',
    'rate_limited',
    'overloaded',
    'server_error',
    'timeout',
    'unknown'
);

CREATE TABLE aibridge_interceptions (
    id                uuid            PRIMARY KEY,
    initiator_id      uuid            NOT NULL,
    api_key_id        text,
    provider          text            NOT NULL,
    provider_name     text            NOT NULL DEFAULT '',
    model             text            NOT NULL,
    client            varchar(64)     DEFAULT 'Unknown',
    started_at        timestamptz     NOT NULL,
    ended_at          timestamptz, -- null while in flight
    metadata          jsonb,
    annotations       jsonb           NOT NULL DEFAULT '{}',
    thread_parent_id  uuid,
    thread_root_id    uuid, -- null for the root itself
    client_session_id varchar(256),
    session_id        text            NOT NULL
        GENERATED ALWAYS AS (coalesce(client_session_id, thread_root_id::text, id::text)) STORED,
    credential_kind   credential_kind NOT NULL DEFAULT 'centralized',
    credential_hint   varchar(15)     NOT NULL DEFAULT '',
    error_type        aibridge_interception_error_type, -- null where it succeeded
    error_message     varchar(1024)
);
