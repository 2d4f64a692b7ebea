-- The role that bridgewatch serves with: it may SELECT the columns that bridgewatch reads, and nothing else. Run by the tables' owner, who
-- may make roles; again is no harm, and grants what a newer schema has.
--   psql --set=ON_ERROR_STOP=1 --single-transaction --file=least-role.sql "service=…"
--   --set=role=NAME for another name than bridgewatch_reader
\if :{?role}
\else
    \set role bridgewatch_reader
\endif

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'role') \gexec
GRANT USAGE ON SCHEMA public TO :"role";

-- What every schema has: an error where it is missing.
GRANT SELECT ON aibridge_interceptions, aibridge_token_usages, aibridge_user_prompts, aibridge_tool_usages, visible_users TO :"role";
GRANT SELECT (id, username, email, status, rbac_roles, deleted) ON users TO :"role"; -- which may hold password hashes
GRANT SELECT (id, hashed_secret, user_id, expires_at) ON api_keys TO :"role";

-- What only some have.
SELECT format('GRANT SELECT (%I) ON api_keys TO %I', attname, :'role') FROM pg_attribute
    WHERE attrelid = to_regclass('api_keys') AND attname IN ('scope', 'scopes') AND NOT attisdropped \gexec
SELECT format('GRANT SELECT ON %s TO %I', to_regclass(name), :'role')
    FROM unnest(ARRAY['aibridge_model_thoughts', 'bridgewatch_acceleration', 'bridgewatch_journal', 'bridgewatch_sessions',
        'bridgewatch_session_counts', 'bridgewatch_counts']) AS name WHERE to_regclass(name) IS NOT NULL \gexec
