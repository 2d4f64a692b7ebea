-- A role that may read what bridgewatch reads, and nothing else. For psql 14 or newer, as the owner of the tables with CREATEROLE:
--
--   psql -X -v role=bridgewatch_reader -f least-role.sql 'service=owner'
--
-- The password is that of the environment variable BRIDGEWATCH_ROLE_PASSWORD, where it is set. -v schema=NAME: where the tables
-- are, if not in public. Run it again after `bridgewatch migrate` and after an upgrade of Coder: what the role has had beside
-- this is taken from it.
\set ON_ERROR_STOP on
\if :{?role}
\else
  DO $$ BEGIN RAISE EXCEPTION 'expected -v role=NAME'; END $$;
\endif
\if :{?schema}
\else
  \set schema public
\endif
\getenv password BRIDGEWATCH_ROLE_PASSWORD

BEGIN;
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN NOCREATEDB NOCREATEROLE NOINHERIT;
\if :{?password}
  SET LOCAL password_encryption = 'scram-sha-256'; -- PostgreSQL 13 would take MD5
  ALTER ROLE :"role" PASSWORD :'password';
\endif

-- Bounds for whoever logs in by this role. The service's own are narrower, and set for each transaction.
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET search_path = :"schema";
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET default_transaction_read_only = on;
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET statement_timeout = '60s';
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET idle_in_transaction_session_timeout = '60s';

SET LOCAL search_path = :"schema";
REVOKE ALL ON ALL TABLES IN SCHEMA :"schema" FROM :"role"; -- of their columns too
REVOKE ALL ON SCHEMA :"schema" FROM :"role";
GRANT CONNECT ON DATABASE :"DBNAME" TO :"role";
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT SELECT ON aibridge_interceptions, aibridge_token_usages, aibridge_user_prompts, aibridge_tool_usages, visible_users TO :"role";
-- Columns, since users may hold password hashes.
GRANT SELECT (id, username, email, status, rbac_roles, deleted) ON users TO :"role";
GRANT SELECT (id, hashed_secret, user_id, expires_at) ON api_keys TO :"role";

-- What some databases have: scopes by their old and new name, thoughts, and what makes sessions and counts fast.
SELECT format('GRANT SELECT (%I) ON api_keys TO %I', attname, :'role') FROM pg_attribute
    WHERE attrelid = 'api_keys'::regclass AND attname IN ('scope', 'scopes') AND NOT attisdropped \gexec
SELECT format('GRANT SELECT ON %I TO %I', name, :'role')
    FROM unnest(ARRAY['aibridge_model_thoughts', 'bridgewatch_acceleration', 'bridgewatch_journal_entries', 'bridgewatch_sessions',
                      'bridgewatch_session_counts', 'bridgewatch_counts']) AS optional (name)
    WHERE to_regclass(name) IS NOT NULL \gexec
COMMIT;
