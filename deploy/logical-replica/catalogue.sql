-- What one side has of the tables that bridgewatch reads: a row for each column. Run on both sides by replicate.sh.
SELECT w.name AS table_name,
       c.oid::regclass::text AS relation,
       a.attname::text AS column_name,
       format_type(a.atttypid, a.atttypmod) AS type_name,
       format_type(CASE t.typelem WHEN 0 THEN t.oid ELSE t.typelem END, NULL) AS element_type,
       (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum AS e
        WHERE e.enumtypid IN (t.oid, t.typelem)) AS labels,
       a.attgenerated <> '' AS is_generated,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS must_be_given,
       -- Part of what UPDATE and DELETE are published with.
       CASE c.relreplident WHEN 'f' THEN true WHEN 'n' THEN false
            ELSE coalesce(a.attnum = ANY (i.indkey::smallint[]), false) END AS is_identity
FROM unnest(ARRAY['aibridge_interceptions', 'aibridge_token_usages', 'aibridge_user_prompts', 'aibridge_tool_usages',
                  'aibridge_model_thoughts', 'users', 'api_keys']) AS w(name)
JOIN pg_class AS c ON c.oid = to_regclass(w.name) AND c.relkind IN ('r', 'p')
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_index AS i ON i.indrelid = c.oid
    AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END
ORDER BY w.name, a.attnum
