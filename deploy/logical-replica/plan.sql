-- What replicate.sh has to do, from both catalogues: the tables theirs (publisher) and ours (subscriber). Each row is a
-- kind and a line: a fault, a note, or a statement for one side.
WITH
settings AS (
    SELECT :'name'::text AS name, :'deletes'::boolean AS deletes, :'whole'::boolean AS whole,
           :publisher_version >= 150000 AS has_column_lists, string_to_array(:'existing', ',') AS existing
),
-- Of the tables that hold secrets no more than bridgewatch reads. (api_keys.hashed_secret: it checks tokens.) The others
-- are published whole: a column in a publication's list can neither be dropped nor change its type, and Coder's own
-- upgrades have to be able to do both.
allowed(table_name, column_name) AS (
    SELECT 'users', unnest(ARRAY['id', 'username', 'email', 'name', 'avatar_url', 'status', 'rbac_roles', 'deleted',
                                 'is_system'])
    UNION ALL
    SELECT 'api_keys', unnest(ARRAY['id', 'hashed_secret', 'user_id', 'scope', 'scopes', 'expires_at'])
),
-- PostgreSQL 15 publishes no generated columns: each side computes its own.
pairs AS (
    SELECT t.*, o.column_name IS NULL AS is_missing, coalesce(o.is_generated, false) AS is_ours_generated,
           o.type_name AS our_type, o.element_type AS our_element, o.labels AS our_labels,
           t.table_name IN (SELECT table_name FROM allowed) AND NOT s.whole AS is_listed
    FROM theirs AS t LEFT JOIN ours AS o USING (table_name, column_name), settings AS s
    WHERE NOT t.is_generated
),
published AS (
    SELECT * FROM pairs
    WHERE NOT is_listed OR (NOT is_missing AND (table_name, column_name) IN (SELECT * FROM allowed))
),
left_out AS (
    SELECT p.* FROM pairs AS p
    WHERE NOT EXISTS (SELECT FROM published AS q WHERE (q.table_name, q.column_name) = (p.table_name, p.column_name))
),
tables AS (
    SELECT p.table_name, min(p.relation) AS relation,
           CASE WHEN bool_or(p.is_listed) THEN format(' (%s)', string_agg(quote_ident(p.column_name), ', ')) ELSE '' END
               AS columns,
           -- An UPDATE or DELETE on a published table without a complete identity fails, and on the publisher.
           EXISTS (SELECT FROM theirs AS t WHERE t.table_name = p.table_name AND t.is_identity) AND NOT EXISTS (
               SELECT FROM theirs AS t WHERE t.table_name = p.table_name AND t.is_identity AND NOT EXISTS (
                   SELECT FROM published AS q WHERE (q.table_name, q.column_name) = (t.table_name, t.column_name)))
               AS has_identity
    FROM published AS p GROUP BY p.table_name
),
kinds(kind, suffix, operations) AS (
    VALUES ('all', '', 'insert, update, delete, truncate'), ('kept', '_kept', 'insert, update'),
           ('inserts', '_inserts', 'insert')
),
sorted AS (
    SELECT t.*, CASE WHEN NOT t.has_identity THEN 'inserts'
                     WHEN NOT s.deletes AND t.table_name LIKE 'aibridge%' THEN 'kept' ELSE 'all' END AS kind
    FROM tables AS t, settings AS s
),
publications AS (
    SELECT k.kind, s.name || k.suffix AS publication, k.operations, s.name || k.suffix = ANY (s.existing) AS exists,
           (SELECT string_agg(t.relation || CASE WHEN s.has_column_lists THEN t.columns ELSE '' END, ', '
                              ORDER BY t.table_name)
            FROM sorted AS t WHERE t.kind = k.kind) AS tables
    FROM kinds AS k, settings AS s
),
faults(line) AS (
    SELECT 'the subscriber lacks ' || w.name || ': run "bridgewatch migrate --schema=full" there first'
    FROM unnest(ARRAY['aibridge_interceptions', 'users', 'api_keys']) AS w(name)
    WHERE NOT EXISTS (SELECT FROM ours WHERE table_name = w.name)
    UNION ALL
    SELECT 'the publisher lacks ' || table_name || '.' || column_name || ', which the subscriber cannot do without'
    FROM ours AS o
    WHERE (must_be_given OR (table_name, column_name) = ('aibridge_interceptions', 'ended_at'))
      AND (EXISTS (SELECT FROM theirs AS t WHERE t.table_name = o.table_name) OR table_name <> 'aibridge_model_thoughts')
      AND NOT EXISTS (SELECT FROM theirs AS t WHERE (t.table_name, t.column_name) = (o.table_name, o.column_name))
    UNION ALL
    SELECT 'the types of ' || table_name || '.' || column_name || ' differ: ' || type_name || ' at the publisher, ' ||
           our_type || ' at the subscriber'
    FROM published
    WHERE NOT is_missing AND NOT (labels IS NOT NULL AND our_labels IS NOT NULL AND (type_name LIKE '%[]') = (our_type LIKE '%[]'))
      AND type_name <> our_type
      AND NOT (our_type = 'text' AND type_name LIKE 'character varying%')
      AND NOT (coalesce(substring(type_name FROM '^character varying\((\d+)\)$')::int <=
                        substring(our_type FROM '^character varying\((\d+)\)$')::int, false))
    UNION ALL
    SELECT table_name || '.' || column_name || ' is generated at the subscriber and a plain column at the publisher'
    FROM published WHERE is_ours_generated
    UNION ALL
    SELECT 'api_keys.scope limits keys at the publisher and is missing at the subscriber, where each key could search: ' ||
           'ALTER TABLE api_keys DROP COLUMN scopes, ADD COLUMN scope … there first'
    WHERE EXISTS (SELECT FROM pairs WHERE is_missing AND (table_name, column_name) = ('api_keys', 'scope'))
    UNION ALL
    SELECT 'api_keys.scopes limits keys at the publisher and is missing at the subscriber, where each key could search'
    WHERE EXISTS (SELECT FROM pairs WHERE is_missing AND (table_name, column_name) = ('api_keys', 'scopes'))
    UNION ALL
    SELECT 'a publisher older than PostgreSQL 15 publishes whole tables, secrets in users included: ' || table_name ||
           '.' || column_name || ' would have to exist at the subscriber, as --whole-tables makes it'
    FROM left_out, settings WHERE NOT has_column_lists
)
SELECT 'fault' AS kind, line FROM faults
UNION ALL
SELECT 'note', 'not replicated: ' || string_agg(table_name || '.' || column_name, ', ') FROM left_out
HAVING count(*) > 0
UNION ALL
SELECT 'note', table_name || ' has no replica identity: its inserts are replicated, its deletes are not'
FROM tables WHERE NOT has_identity
UNION ALL
SELECT 'note', 'columns that bridgewatch does not know are added to the subscriber: ' ||
               string_agg(table_name || '.' || column_name, ', ')
FROM published WHERE is_missing HAVING count(*) > 0
UNION ALL
SELECT 'subscriber', format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS %I %s', relation, column_name,
                            CASE WHEN labels IS NULL THEN type_name WHEN type_name LIKE '%[]' THEN 'text[]' ELSE 'text' END)
FROM published WHERE is_missing
UNION ALL
SELECT 'subscriber', format('ALTER TYPE %s ADD VALUE IF NOT EXISTS %L', our_element, label)
FROM (SELECT DISTINCT our_element, label FROM published, unnest(labels) AS label
      WHERE our_labels IS NOT NULL AND NOT label = ANY (our_labels)) AS missing
UNION ALL
SELECT 'publisher', format('DROP PUBLICATION %I', publication) FROM publications WHERE exists AND tables IS NULL
UNION ALL
SELECT 'publisher',
       CASE WHEN exists THEN format('ALTER PUBLICATION %I SET TABLE %s', publication, tables)
            ELSE format('CREATE PUBLICATION %I FOR TABLE %s WITH (publish = %L)', publication, tables, operations) END
FROM publications WHERE tables IS NOT NULL
UNION ALL
SELECT 'publications', string_agg(quote_ident(publication), ', ' ORDER BY kind) FROM publications WHERE tables IS NOT NULL;
