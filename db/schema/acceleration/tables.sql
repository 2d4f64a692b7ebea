-- What makes sessions and exact counts cheap, beside the tables that upstream owns. Optional: readers use it where
-- bridgewatch_acceleration says "ready" and its triggers are as they were then, and the log's own tables elsewhere.

CREATE TABLE @SCHEMA@.bridgewatch_acceleration (
    single    boolean     PRIMARY KEY DEFAULT true CHECK (single),
    version   integer     NOT NULL,
    state     text        NOT NULL CHECK (state IN ('filling', 'ready', 'disproved')),
    triggers  text,                              -- and columns that are read, as the catalogue had them then
    filled_to timestamptz,                       -- interceptions that started before it are in; null: none is
    filled    bigint      NOT NULL DEFAULT 0,    -- how many those were
    closed_to timestamptz NOT NULL DEFAULT '-infinity', -- hours before it are closed
    since     timestamptz NOT NULL DEFAULT now() -- of the state
);

-- What writers have done and nobody has folded in yet. A writer appends in its own transaction, and so neither waits
-- for another nor is seen before it commits; readers add what is here. What is written most has few columns, since each
-- costs its writer, and none that could refuse a row. Small tables have no workers of their own accord, but those of a
-- view have.
CREATE TABLE @SCHEMA@.bridgewatch_journal_ends (  -- interceptions that have ended
    interception_id uuid,
    session_id      text,
    initiator_id    uuid,
    at              timestamptz,                 -- when it started
    provider        text,
    provider_name   text,
    model           text,
    client          text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, parallel_workers = 0);
CREATE TABLE @SCHEMA@.bridgewatch_journal_prompts ( -- interceptions that got a prompt
    interception_id uuid
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, parallel_workers = 0);
CREATE TABLE @SCHEMA@.bridgewatch_journal_changes ( -- all else
    interception_id uuid,
    session_id      text,                        -- null with a prompt: the interception tells
    initiator_id    uuid,
    at              timestamptz,
    delta           smallint,                    -- to the number of completed interceptions
    provider        text,
    provider_name   text,
    model           text,
    client          text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, parallel_workers = 0);

-- All of it, for readers.
CREATE VIEW @SCHEMA@.bridgewatch_journal_entries AS
SELECT interception_id, session_id, initiator_id, at, 1::smallint AS delta, provider, provider_name, model, client
FROM @SCHEMA@.bridgewatch_journal_ends
UNION ALL
SELECT interception_id, NULL, NULL, NULL, 0::smallint, NULL, NULL, NULL, NULL FROM @SCHEMA@.bridgewatch_journal_prompts
UNION ALL
SELECT interception_id, session_id, initiator_id, at, delta, provider, provider_name, model, client
FROM @SCHEMA@.bridgewatch_journal_changes;

-- One row a session, exact unless the journal names it. Wherever a search puts a session in the list, it is not above
-- latest_at and not below earliest_at.
CREATE TABLE @SCHEMA@.bridgewatch_sessions (
    session_id     text        NOT NULL,
    initiator_id   uuid        NOT NULL,
    started_at     timestamptz NOT NULL, -- of its first interception
    prompted_at    timestamptz,          -- of its last prompt
    earliest_at    timestamptz NOT NULL, -- of all starts and prompts
    latest_at      timestamptz NOT NULL,
    last_active_at timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(prompted_at, started_at)) STORED,
    PRIMARY KEY (session_id, initiator_id)
);
CREATE INDEX bridgewatch_sessions_order
    ON @SCHEMA@.bridgewatch_sessions (last_active_at DESC, session_id DESC, initiator_id DESC);
CREATE INDEX bridgewatch_sessions_initiator
    ON @SCHEMA@.bridgewatch_sessions (initiator_id, last_active_at DESC, session_id DESC);
CREATE INDEX bridgewatch_sessions_latest
    ON @SCHEMA@.bridgewatch_sessions (latest_at DESC) INCLUDE (earliest_at, session_id, initiator_id);
-- Those that are at work on a day without having begun or ended on it.
CREATE INDEX bridgewatch_sessions_long
    ON @SCHEMA@.bridgewatch_sessions (earliest_at) INCLUDE (latest_at, session_id, initiator_id)
    WHERE CASE WHEN isfinite(earliest_at) AND isfinite(latest_at) THEN latest_at - earliest_at > '24:00:00' ELSE true END;

CREATE TABLE @SCHEMA@.bridgewatch_session_counts (
    initiator_id uuid   PRIMARY KEY,
    n            bigint NOT NULL
) WITH (fillfactor = 50);

-- How many completed interceptions there are. Closed hours are summed up: by day, by all time, and for everybody together.
-- The last hours stay open, since most of what is written falls into them. What a row is not about is '' (and 0 for the
-- initiator). Whoever has a closed hour has a row of all time about nothing else, for ever.
CREATE TABLE @SCHEMA@.bridgewatch_counts (
    grain         "char"      NOT NULL, -- o: an open hour, h: a closed one, d: a day, a: all time
    about         "char"      NOT NULL, -- an initiator's e: everything, i: nothing else (hours are e); everybody's
                                        -- t: nothing, p: provider, n: provider_name, m: model, c: client, f: all four
    initiator_id  uuid        NOT NULL,
    bucket        timestamptz NOT NULL, -- where the hour or day starts, UTC; -infinity
    provider      text        NOT NULL,
    provider_name text        NOT NULL,
    model         text        NOT NULL,
    client        text        NOT NULL, -- 'Unknown' for null, as in searches
    n             bigint      NOT NULL,
    hash          uuid        NOT NULL, -- of the four texts, which may be too long for an index
    PRIMARY KEY (grain, about, initiator_id, bucket, hash)
) WITH (fillfactor = 80);
CREATE INDEX bridgewatch_counts_open ON @SCHEMA@.bridgewatch_counts (bucket) WHERE grain = 'o';
