-- Run by writers: with the owner's rights, and on names that no search_path can change. Columns that a later upstream
-- may drop are looked up by name: a writer must not fail for them.

CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_hash(provider text, provider_name text, model text, client text) RETURNS uuid
LANGUAGE sql STABLE AS $$
SELECT encode(substr(sha256(convert_to(json_build_array(provider, provider_name, model, client)::text, 'UTF8')), 1, 16),
              'hex')::uuid
$$;

-- The second half of the advisory lock that whoever folds, fills or mends holds.
CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_lock_key() RETURNS integer LANGUAGE sql STABLE AS
$$ SELECT '@SCHEMA_TEXT@.bridgewatch_acceleration'::regclass::oid::integer $$;

-- The sums that the count of a closed hour, or a change of it, is part of: a row each.
CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_sums(hour timestamptz, of_initiator uuid, of_provider text, of_provider_name text, of_model text, of_client text)
RETURNS TABLE (grain "char", about "char", initiator_id uuid, bucket timestamptz, provider text, provider_name text, model text, client text)
LANGUAGE sql STABLE AS $$
SELECT g.grain, a.about, CASE WHEN a.about IN ('e', 'i') THEN of_initiator ELSE '00000000-0000-0000-0000-000000000000' END,
       CASE g.grain WHEN 'h' THEN date_trunc('hour', hour, 'UTC') WHEN 'd' THEN date_trunc('day', hour, 'UTC') ELSE '-infinity' END,
       CASE WHEN a.about IN ('p', 'e', 'f') THEN of_provider ELSE '' END,
       CASE WHEN a.about IN ('n', 'e', 'f') THEN of_provider_name ELSE '' END,
       CASE WHEN a.about IN ('m', 'e', 'f') THEN of_model ELSE '' END,
       CASE WHEN a.about IN ('c', 'e', 'f') THEN of_client ELSE '' END
FROM (VALUES ('h'::"char"), ('d'), ('a')) AS g (grain)
CROSS JOIN (VALUES ('e'::"char"), ('i'), ('t'), ('p'), ('n'), ('m'), ('c'), ('f')) AS a (about)
WHERE g.grain <> 'h' OR a.about NOT IN ('e', 'i')
$$;

-- Takes away the oldest days' counts that have come to nothing: retention deletes from that end. Callers hold the lock.
CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_forget_days() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    until timestamptz := (
        SELECT c.bucket + interval '48 hours' FROM @SCHEMA@.bridgewatch_counts AS c
        WHERE c.grain = 'd' AND c.about = 't' AND c.initiator_id = nobody AND c.bucket > '-infinity' AND c.bucket < '294276-01-01Z'
        ORDER BY c.bucket LIMIT 1);
BEGIN
    IF NOT EXISTS (SELECT 1 FROM @SCHEMA@.bridgewatch_counts AS c WHERE c.grain = 'd' AND c.about = 't'
                   AND c.initiator_id = nobody AND c.bucket < until AND c.n = 0) THEN
        RETURN; -- to look at each initiator takes long where there are many
    END IF;
    DELETE FROM @SCHEMA@.bridgewatch_counts AS c
    WHERE c.grain IN ('h', 'd') AND c.about IN ('t', 'p', 'n', 'm', 'c', 'f') AND c.initiator_id = nobody AND c.bucket < until AND c.n = 0;
    DELETE FROM @SCHEMA@.bridgewatch_counts AS c
    WHERE c.grain IN ('h', 'd') AND c.about IN ('e', 'i') AND c.bucket < until AND c.n = 0
      AND c.initiator_id = ANY (ARRAY(SELECT a.initiator_id FROM @SCHEMA@.bridgewatch_counts AS a WHERE a.grain = 'a' AND a.about = 'i'));
END
$$;

-- Closes all hours but this one and the one before: they are summed up. Callers hold the lock. Not while hours are still
-- filled in: they would come too late for it.
CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_close_hours() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    until timestamptz := date_trunc('hour', now(), 'UTC') - interval '1 hour';
BEGIN
    IF NOT EXISTS (SELECT 1 FROM @SCHEMA@.bridgewatch_acceleration WHERE closed_to < until AND filled_to = 'infinity') THEN
        RETURN;
    END IF;
    WITH open AS (
        DELETE FROM @SCHEMA@.bridgewatch_counts WHERE grain = 'o' AND bucket < until RETURNING *
    ), closed AS (
        INSERT INTO @SCHEMA@.bridgewatch_counts AS c
        SELECT 'h', about, initiator_id, bucket, provider, provider_name, model, client, n, hash FROM open
        ORDER BY bucket, initiator_id
        ON CONFLICT (grain, about, initiator_id, bucket, hash) DO UPDATE SET n = c.n + excluded.n
    )
    INSERT INTO @SCHEMA@.bridgewatch_counts AS c
    SELECT s.*, @SCHEMA@.bridgewatch_hash(s.provider, s.provider_name, s.model, s.client) FROM (
        SELECT l.*, sum(o.n) AS n
        FROM open AS o CROSS JOIN LATERAL
            @SCHEMA@.bridgewatch_sums(o.bucket, o.initiator_id, o.provider, o.provider_name, o.model, o.client) AS l
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) AS s
    ORDER BY s.grain, s.about, s.bucket, s.initiator_id -- what is read together lies together
    ON CONFLICT (grain, about, initiator_id, bucket, hash) DO UPDATE SET n = c.n + excluded.n;
    UPDATE @SCHEMA@.bridgewatch_acceleration SET closed_to = until;
    PERFORM @SCHEMA@.bridgewatch_forget_days();
END
$$;

-- Takes up to so many entries of each kind out of the journal and into the tables. One statement, and so one snapshot:
-- an entry that is not seen here stays, and with it the word that its session is not exact. Callers hold the lock.
-- An end is taken at its word, which a change may have undone: who sees the change sees the end too, so that it is enough
-- to take no change before all ends.
CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_fold(most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off -- a plan made while the tables were small is kept for as long as the connection
AS $$
DECLARE
    closed timestamptz := (SELECT closed_to FROM @SCHEMA@.bridgewatch_acceleration);
    folded bigint;
BEGIN
    WITH ended AS (
        DELETE FROM @SCHEMA@.bridgewatch_journal_ends
        WHERE ctid = ANY (ARRAY(SELECT j.ctid FROM @SCHEMA@.bridgewatch_journal_ends AS j LIMIT most)) RETURNING *
    ), prompted AS (
        DELETE FROM @SCHEMA@.bridgewatch_journal_prompts
        WHERE ctid = ANY (ARRAY(SELECT j.ctid FROM @SCHEMA@.bridgewatch_journal_prompts AS j LIMIT most)) RETURNING *
    ), changed AS (
        DELETE FROM @SCHEMA@.bridgewatch_journal_changes
        WHERE ctid = ANY (ARRAY(SELECT j.ctid FROM @SCHEMA@.bridgewatch_journal_changes AS j
                                WHERE (SELECT count(*) FROM ended) < most LIMIT most)) RETURNING *
    ), counting AS (
        SELECT initiator_id, at, 1 AS delta, provider, provider_name, model, client FROM ended UNION ALL
        SELECT initiator_id, at, delta, provider, provider_name, model, client FROM changed WHERE delta <> 0
    ), hours AS (
        SELECT (CASE WHEN at < closed THEN 'h' ELSE 'o' END)::"char" AS grain, initiator_id, date_trunc('hour', at, 'UTC') AS bucket,
               provider, provider_name, model, client, sum(delta) AS n
        FROM counting GROUP BY 1, 2, 3, 4, 5, 6, 7
    ), cells AS (
        SELECT grain, 'e'::"char", initiator_id, bucket, provider, provider_name, model, client, n FROM hours WHERE n <> 0
        UNION ALL
        SELECT l.*, sum(h.n)::bigint
        FROM hours AS h CROSS JOIN LATERAL
            @SCHEMA@.bridgewatch_sums(h.bucket, h.initiator_id, h.provider, h.provider_name, h.model, h.client) AS l
        WHERE h.grain = 'h'
        GROUP BY l.grain, l.about, l.initiator_id, l.bucket, l.provider, l.provider_name, l.model, l.client
        HAVING sum(h.n) <> 0 OR l.grain = 'a' AND l.about = 'i' -- readers know by these who there is
    ), counted AS (
        INSERT INTO @SCHEMA@.bridgewatch_counts AS c
        SELECT s.*, @SCHEMA@.bridgewatch_hash(s.provider, s.provider_name, s.model, s.client) FROM cells AS s
        ON CONFLICT (grain, about, initiator_id, bucket, hash) DO UPDATE SET n = c.n + excluded.n
    ), noted AS ( -- of whose interceptions more is known
        SELECT interception_id, session_id, initiator_id, at AS started_at, false AS changed FROM ended
        WHERE session_id IS NOT NULL
        UNION ALL -- a prompt of what is not completed is of no session until that ends, and then is read with it
        SELECT i.id, i.session_id, i.initiator_id, i.started_at, t.changed
        FROM (SELECT interception_id, bool_or(changed) AS changed FROM (
                  SELECT interception_id, false AS changed FROM prompted
                  WHERE interception_id NOT IN (SELECT interception_id FROM ended) UNION ALL
                  SELECT interception_id, true FROM changed WHERE session_id IS NULL) AS e
              GROUP BY interception_id) AS t
        JOIN @SCHEMA@.aibridge_interceptions AS i ON i.id = t.interception_id AND i.ended_at IS NOT NULL
    ), touched AS (
        SELECT e.session_id, e.initiator_id, bool_or(e.changed) AS changed, min(e.started_at) AS first_start,
               max(e.started_at) AS last_start, min(e.first) AS first_prompt, max(e.last) AS last_prompt
        FROM (SELECT n.session_id, n.initiator_id, n.changed, n.started_at, p.first, p.last
              FROM noted AS n CROSS JOIN LATERAL ( -- one descent of an index for both, which OFFSET keeps it from taking apart
                  SELECT min(e.created_at) AS first, max(e.created_at) AS last FROM (
                      SELECT p.created_at FROM @SCHEMA@.aibridge_user_prompts AS p
                      WHERE p.interception_id = n.interception_id OFFSET 0) AS e) AS p
              UNION ALL
              SELECT session_id, initiator_id, true, NULL, NULL, NULL FROM changed WHERE session_id IS NOT NULL) AS e
        GROUP BY e.session_id, e.initiator_id
    ), known AS (
        SELECT t.*, s.session_id IS NOT NULL AS is_known, s.ctid AS place FROM touched AS t
        LEFT JOIN @SCHEMA@.bridgewatch_sessions AS s ON s.session_id = t.session_id AND s.initiator_id = t.initiator_id
    ), added_to AS ( -- each time moves one way only. Nobody else moves rows meanwhile: the lock is held
        UPDATE @SCHEMA@.bridgewatch_sessions AS s
        SET started_at = least(s.started_at, k.first_start), prompted_at = greatest(s.prompted_at, k.last_prompt),
            earliest_at = least(s.earliest_at, k.first_start, k.first_prompt),
            latest_at = greatest(s.latest_at, k.last_start, k.last_prompt)
        FROM known AS k
        WHERE k.is_known AND NOT k.changed AND s.ctid = k.place
    ), read_anew AS (
        SELECT k.session_id, k.initiator_id, k.is_known, f.* FROM known AS k CROSS JOIN LATERAL (
            SELECT min(i.started_at) AS started_at, max(p.last) AS prompted_at,
                   least(min(i.started_at), min(p.first)) AS earliest_at, greatest(max(i.started_at), max(p.last)) AS latest_at
            FROM @SCHEMA@.aibridge_interceptions AS i CROSS JOIN LATERAL (
                SELECT min(p.created_at) AS first, max(p.created_at) AS last FROM @SCHEMA@.aibridge_user_prompts AS p
                WHERE p.interception_id = i.id) AS p
            WHERE i.session_id = k.session_id AND i.initiator_id = k.initiator_id AND i.ended_at IS NOT NULL) AS f
        WHERE k.changed OR NOT k.is_known
    ), written AS (
        INSERT INTO @SCHEMA@.bridgewatch_sessions AS s (session_id, initiator_id, started_at, prompted_at, earliest_at, latest_at)
        SELECT session_id, initiator_id, started_at, prompted_at, earliest_at, latest_at FROM read_anew
        WHERE started_at IS NOT NULL
        ON CONFLICT (session_id, initiator_id) DO UPDATE SET started_at = excluded.started_at, prompted_at = excluded.prompted_at,
            earliest_at = excluded.earliest_at, latest_at = excluded.latest_at
    ), gone AS (
        DELETE FROM @SCHEMA@.bridgewatch_sessions AS s USING read_anew AS r
        WHERE r.is_known AND r.started_at IS NULL AND s.session_id = r.session_id AND s.initiator_id = r.initiator_id
    ), numbered AS (
        INSERT INTO @SCHEMA@.bridgewatch_session_counts AS c (initiator_id, n)
        SELECT initiator_id, sum(CASE WHEN is_known THEN -1 ELSE 1 END) FROM read_anew
        WHERE is_known = (started_at IS NULL) GROUP BY initiator_id
        ON CONFLICT (initiator_id) DO UPDATE SET n = c.n + excluded.n
    )
    SELECT (SELECT count(*) FROM ended) + (SELECT count(*) FROM prompted) + (SELECT count(*) FROM changed) INTO folded;
    RETURN folded;
END
$$;

-- Now and then a writer folds what it and others have left. It does not wait for another one, and does not fail for it.
-- In one transaction each time is half as likely as the last one and takes twice as much: what a transaction has deleted
-- and updated itself stays in its way, so that folds of one size would take a bulk change the square of its rows.
CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_fold_in_passing() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10ms' AS $$
DECLARE
    times integer;
BEGIN
    times := coalesce(nullif(current_setting('bridgewatch.fold_times', true), ''), '1');
    IF random() * times >= 1 OR current_setting('transaction_isolation') <> 'read committed'
       OR NOT pg_try_advisory_xact_lock(@LOCK@, @SCHEMA@.bridgewatch_lock_key()) THEN
        RETURN;
    END IF;
    PERFORM set_config('bridgewatch.fold_times', least(2 * times, 1048576)::text, true);
    PERFORM @SCHEMA@.bridgewatch_fold(2000::bigint * times);
    PERFORM @SCHEMA@.bridgewatch_close_hours();
EXCEPTION WHEN lock_not_available THEN
    NULL; -- Somebody has locked a table: another writer folds later. A wait could outlast the writer's statement_timeout.
WHEN OTHERS THEN
    -- The lock went with what was undone. Whoever has it now meets the same fault, and the writer must not wait for it.
    IF pg_try_advisory_xact_lock(@LOCK@, @SCHEMA@.bridgewatch_lock_key()) THEN
        RAISE WARNING 'bridgewatch: sessions and counts could not be kept (%); they are read from the log until bridgewatch verify --repair', SQLERRM;
        UPDATE @SCHEMA@.bridgewatch_acceleration SET state = 'disproved', since = now() WHERE state <> 'disproved';
        DELETE FROM @SCHEMA@.bridgewatch_journal_ends;
        DELETE FROM @SCHEMA@.bridgewatch_journal_prompts;
        DELETE FROM @SCHEMA@.bridgewatch_journal_changes;
    END IF;
END
$$;

-- Those that each writer runs. They set no search_path, which would be half of their cost (and have each session's kept
-- plans looked through anew), so all names in them are written out, operators and types too. Each expression is prepared
-- anew in each transaction: the way of most has few.
CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_on_interception() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    before pg_catalog.jsonb;
    after pg_catalog.jsonb;
    of_session pg_catalog.text;
    of_name pg_catalog.text;
    of_client pg_catalog.text;
BEGIN
    IF OLD.ended_at IS NULL THEN -- or there is no OLD
        IF NEW.ended_at IS NULL THEN
            RETURN NULL;
        END IF;
        BEGIN -- the way of most: to make JSON of the row would take as long as all the rest
            of_session := NEW.session_id;
            of_name := NEW.provider_name;
            of_client := NEW.client;
        EXCEPTION WHEN undefined_column OR datatype_mismatch THEN -- or of another type than when this was prepared
            after := pg_catalog.to_jsonb(NEW);
            of_session := after OPERATOR(pg_catalog.->>) 'session_id';
            of_name := after OPERATOR(pg_catalog.->>) 'provider_name';
            of_client := after OPERATOR(pg_catalog.->>) 'client';
        END;
        INSERT INTO @SCHEMA@.bridgewatch_journal_ends
        VALUES (NEW.id, of_session, NEW.initiator_id, NEW.started_at, NEW.provider, coalesce(of_name, ''), NEW.model,
                coalesce(of_client, 'Unknown'));
    ELSE
        before := pg_catalog.to_jsonb(OLD);
        IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' AND NEW.ended_at IS NOT NULL THEN
            after := pg_catalog.to_jsonb(NEW);
            IF before OPERATOR(pg_catalog.-) '{annotations,metadata,ended_at}'::pg_catalog._text
               OPERATOR(pg_catalog.=) (after OPERATOR(pg_catalog.-) '{annotations,metadata,ended_at}'::pg_catalog._text) THEN
                RETURN NULL;
            END IF;
        END IF;
        INSERT INTO @SCHEMA@.bridgewatch_journal_changes
        VALUES (OLD.id, before OPERATOR(pg_catalog.->>) 'session_id', OLD.initiator_id, OLD.started_at, -1, OLD.provider,
                coalesce(before OPERATOR(pg_catalog.->>) 'provider_name', ''), OLD.model, coalesce(before OPERATOR(pg_catalog.->>) 'client', 'Unknown'));
        IF after IS NOT NULL THEN
            INSERT INTO @SCHEMA@.bridgewatch_journal_changes
            VALUES (NEW.id, after OPERATOR(pg_catalog.->>) 'session_id', NEW.initiator_id, NEW.started_at, 1, NEW.provider,
                    coalesce(after OPERATOR(pg_catalog.->>) 'provider_name', ''), NEW.model, coalesce(after OPERATOR(pg_catalog.->>) 'client', 'Unknown'));
        END IF;
    END IF;
    IF pg_catalog.random() OPERATOR(pg_catalog.<) 0.0078125::pg_catalog.float8 THEN -- 1 in 128
        PERFORM @SCHEMA@.bridgewatch_fold_in_passing();
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_on_prompt() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO @SCHEMA@.bridgewatch_journal_prompts VALUES (NEW.interception_id);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_on_changed_prompt() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' OR NEW.interception_id OPERATOR(pg_catalog.<>) OLD.interception_id
        OR NEW.created_at OPERATOR(pg_catalog.<>) OLD.created_at THEN
        INSERT INTO @SCHEMA@.bridgewatch_journal_changes (interception_id, delta) VALUES (OLD.interception_id, 0);
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
            INSERT INTO @SCHEMA@.bridgewatch_journal_changes (interception_id, delta) VALUES (NEW.interception_id, 0);
        END IF;
    END IF;
    RETURN NULL;
END
$$;

-- TRUNCATE tells no rows.
CREATE OR REPLACE FUNCTION @SCHEMA@.bridgewatch_on_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE @SCHEMA@.bridgewatch_acceleration SET state = 'disproved', since = now() WHERE state <> 'disproved';
    RETURN NULL;
END
$$;

-- Outside of the lock a fold would spoil what it keeps: for writers' triggers only, which need no privilege.
REVOKE ALL ON FUNCTION @SCHEMA@.bridgewatch_close_hours(), @SCHEMA@.bridgewatch_forget_days(), @SCHEMA@.bridgewatch_fold(bigint),
    @SCHEMA@.bridgewatch_fold_in_passing(), @SCHEMA@.bridgewatch_on_interception(), @SCHEMA@.bridgewatch_on_prompt(),
    @SCHEMA@.bridgewatch_on_changed_prompt(), @SCHEMA@.bridgewatch_on_truncate() FROM PUBLIC;

-- Readers look sums up by it, whatever the default privileges of functions are here.
GRANT EXECUTE ON FUNCTION @SCHEMA@.bridgewatch_hash(text, text, text, text) TO PUBLIC;
