-- For partitions.sh: functions of one session (pg_temp), nothing of them stays. Months are UTC.
SET timezone = 'UTC';
SET client_min_messages = warning;
SET lock_timeout = '5s';

-- The tables, and the column that says which month a row belongs to.
CREATE FUNCTION pg_temp.keys() RETURNS TABLE (name text, key text) LANGUAGE sql AS $$
VALUES ('aibridge_interceptions', 'started_at'), ('aibridge_token_usages', 'created_at'),
       ('aibridge_user_prompts', 'created_at'), ('aibridge_tool_usages', 'created_at'),
       ('aibridge_model_thoughts', 'created_at')
$$;

CREATE FUNCTION pg_temp.month(at timestamptz) RETURNS timestamptz LANGUAGE sql AS $$ SELECT date_trunc('month', at) $$;

CREATE FUNCTION pg_temp.is_partitioned(name text) RETURNS boolean LANGUAGE sql AS
$$ SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(name) $$;

-- Partitions with their bounds; "past" has no lower one, "future" no upper one.
CREATE FUNCTION pg_temp.partitions(parent text) RETURNS TABLE (partition regclass, lower timestamptz, upper timestamptz)
LANGUAGE sql AS $$
SELECT * FROM (
    SELECT c.oid::regclass,
           substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([^'']+)''\)')::timestamptz AS lower,
           substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz AS upper
    FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid WHERE h.inhparent = to_regclass(parent)) AS bounds
ORDER BY lower NULLS FIRST
$$;

-- Columns that can be written, for INSERT … SELECT.
CREATE FUNCTION pg_temp.columns(name text) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = to_regclass(name) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
$$;

-- A primary key of the whole table would have to hold the month's column, so each partition has its own: it finds a row
-- by id (cursors), and without it a subscription stops at its first UPDATE.
CREATE FUNCTION pg_temp.add_key(partition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(partition) AND attname = 'id') THEN
        EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (id)', partition);
    END IF;
END $$;

-- Makes one table partitioned. What it holds becomes its first partition, up to `boundary`, without being copied.
CREATE FUNCTION pg_temp.convert(parent text, key text, boundary timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    past text := parent || '_past';
    definitions text[] := ARRAY(
        SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = to_regclass(parent) AND NOT indisunique);
    names text[] := ARRAY(
        SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = to_regclass(parent) AND NOT indisunique);
    one text;
    grants text[] := ARRAY(SELECT format('GRANT %s ON %s TO %s', a.privilege_type, parent, CASE a.grantee WHEN 0 THEN 'PUBLIC'
        ELSE quote_ident(pg_get_userbyid(a.grantee)) END) FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = to_regclass(parent) AND a.grantee <> c.relowner);
BEGIN
    EXECUTE format('LOCK TABLE %s', parent);
    EXECUTE format('ALTER TABLE %s RENAME TO %s', parent, past);
    FOREACH one IN ARRAY names LOOP
        EXECUTE format('ALTER INDEX %s RENAME TO %s', one, left(one, 58) || '_past');
    END LOOP;
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE) '
                   'PARTITION BY RANGE (%s)', parent, past, key);
    FOREACH one IN ARRAY definitions LOOP
        EXECUTE one;
    END LOOP;
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (MINVALUE) TO (%L)', parent, past, boundary);
    EXECUTE format('CREATE TABLE %s_future PARTITION OF %s FOR VALUES FROM (%L) TO (MAXVALUE)', parent, parent, boundary);
    PERFORM pg_temp.add_key(parent || '_future');
    FOREACH one IN ARRAY grants LOOP
        EXECUTE one;
    END LOOP;
END $$;

-- The first month of its own: `wanted`, or the running one, but not before the end of what the tables hold.
CREATE FUNCTION pg_temp.first_month(wanted text) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    boundary timestamptz := pg_temp.month(coalesce(nullif(wanted, '') || '-01', now()::text)::timestamptz);
    one record;
    latest timestamptz;
BEGIN
    FOR one IN SELECT * FROM pg_temp.keys() WHERE to_regclass(name) IS NOT NULL LOOP
        EXECUTE format('SELECT max(%s) FROM %s WHERE isfinite(%s)', one.key, one.name, one.key) INTO latest;
        boundary := greatest(boundary, pg_temp.month(latest) + interval '1 month');
    END LOOP;
    RETURN boundary;
END $$;

CREATE FUNCTION pg_temp.convert_all(children text, boundary timestamptz) RETURNS void LANGUAGE sql AS $$
SELECT pg_temp.convert(name, key, boundary) FROM pg_temp.keys()
WHERE to_regclass(name) IS NOT NULL AND (children = 'monthly' OR name = 'aibridge_interceptions')
$$;

-- Everything before the first month has a place again: what comes late is not refused.
CREATE FUNCTION pg_temp.make_past(parent text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (MINVALUE) TO (%L)', parent || '_past', parent,
                   (SELECT min(coalesce(lower, upper)) FROM pg_temp.partitions(parent)));
    PERFORM pg_temp.add_key(parent || '_past');
END $$;

-- Makes the month after the last one. Rows that are in "future" already are moved, triggers and all.
CREATE FUNCTION pg_temp.add_month(parent text, key text, lower timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    upper timestamptz := lower + interval '1 month';
    columns text := pg_temp.columns(parent);
    future text := parent || '_future';
    month text := parent || to_char(lower, '_YYYY_MM');
BEGIN
    EXECUTE format('LOCK TABLE %s', parent);
    EXECUTE format('CREATE TEMP TABLE moved ON COMMIT DROP AS WITH gone AS (DELETE FROM %s WHERE %s < %L RETURNING *) '
                   'SELECT * FROM gone', future, key, upper);
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, future);
    EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%L) TO (%L)', month, parent, lower, upper);
    PERFORM pg_temp.add_key(month);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (MAXVALUE)', parent, future, upper);
    EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM moved', parent, columns, columns);
END $$;

-- Where the months end: the lower bound of "future".
CREATE FUNCTION pg_temp.end_of_months(parent text) RETURNS timestamptz LANGUAGE sql AS
$$ SELECT lower FROM pg_temp.partitions(parent) WHERE upper IS NULL $$;
