-- Who calls, and with which key. The same names and types as in Coder's database, so that the rest of the program
-- does not know whether it is attached to one or owns its tables.

CREATE TYPE user_status AS ENUM ('active', 'suspended', 'dormant');

CREATE TYPE api_key_scope AS ENUM (
    'coder:all',
    'coder:application_connect',
    'aibridge_interception:create',
    'aibridge_interception:read',
    'aibridge_interception:update',
    'aibridge_interception:*',
    'workspace:read'
);

CREATE TABLE users (
    id         uuid        PRIMARY KEY,
    username   text        NOT NULL DEFAULT '',
    email      text        NOT NULL,
    name       text        NOT NULL DEFAULT '',
    avatar_url text        NOT NULL DEFAULT '',
    status     user_status NOT NULL DEFAULT 'dormant',
    rbac_roles text[]      NOT NULL DEFAULT '{}',
    deleted    boolean     NOT NULL DEFAULT false,
    is_system  boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- A deleted user's name may be taken by a new one.
CREATE UNIQUE INDEX users_username_lower_idx ON users (lower(username)) WHERE NOT deleted;

CREATE VIEW visible_users AS
    SELECT id, username, name, avatar_url FROM users;

CREATE TABLE api_keys (
    id            text            PRIMARY KEY,
    hashed_secret bytea           NOT NULL,
    user_id       uuid            NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scopes        api_key_scope[] NOT NULL DEFAULT '{coder:all}',
    expires_at    timestamptz     NOT NULL,
    last_used     timestamptz     NOT NULL DEFAULT now(),
    created_at    timestamptz     NOT NULL DEFAULT now()
);
