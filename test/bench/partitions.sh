#!/usr/bin/env bash
# Plans of pages over a year of monthly partitions: fills an empty database, then explains what the store asks.
#   test/bench/partitions.sh CONNINFO [ROWS]     20 million rows take about 8 GB and 6 minutes
set -euo pipefail
cd "$(dirname "$0")/../.."
database=$1
month=$((${2:-20000000} / 12))
program=build/release/app/bridgewatch
sql() { psql -XAtq -v ON_ERROR_STOP=1 -d "$database" "$@"; }

"$program" migrate --database-url "$database" >/dev/null
"$program" migrate --schema=accelerate --drop --database-url "$database" >/dev/null
deploy/partitions/partitions.sh --database "$database" --convert --from 2025-12 >/dev/null
sql -c "INSERT INTO users (id, email, username) SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    'user' || n || '@example.com', 'user' || n FROM generate_series(1, 50) AS n"

# Indexes behind the rows: much quicker.
ours="FROM pg_index WHERE indrelid = 'aibridge_interceptions'::regclass"
indexes=$(sql -c "SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') || ';' $ours")
sql -c "SELECT 'DROP INDEX ' || indexrelid::regclass || ';' $ours" | sql
for ((m = 0; m < 12; m++)); do
    sql -c "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client, started_at, ended_at,
            client_session_id)
        SELECT gen_random_uuid(), ('00000000-0000-4000-8000-' || lpad((1 + n * 7919 % 50)::text, 12, '0'))::uuid, 'openai',
            (ARRAY['gpt-5', 'o3', 'gpt-4.1'])[1 + (n % 3)::int], 'Codex', at, at + interval '12 s',
            's' || ($m * $month::bigint + n) / 6
        FROM generate_series(1::bigint, $month) AS n, LATERAL (
            SELECT timestamptz '2025-12-01Z' + interval '1 month' * $m + interval '28 days' * (n / $month.0) AS at) AS t"
done
sql <<<"$indexes"
# Children of one in seven, twice: whole, and in months.
sql -c "INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, created_at)
    SELECT gen_random_uuid(), id, 'r', 100, 20, started_at FROM aibridge_interceptions WHERE hashtext(id::text) % 7 = 0"
sql -c "CREATE TABLE by_month (LIKE aibridge_token_usages) PARTITION BY RANGE (created_at)"
sql -c "SELECT format('CREATE TABLE by_month_%s PARTITION OF by_month FOR VALUES FROM (%L) TO (%L);', n, at,
    at + interval '1 month') FROM generate_series(timestamptz '2025-12-01Z', '2026-11-01Z', '1 month') WITH ORDINALITY AS m(at, n)" | sql
sql -c "INSERT INTO by_month SELECT * FROM aibridge_token_usages" -c "CREATE INDEX ON by_month (interception_id)"
sql -c "VACUUM ANALYZE"

explain() { # what, statement: its third run, planned once for all values
    printf '\n## %s\n' "$1"
    sql -c "SET plan_cache_mode = force_generic_plan" -c "PREPARE asked AS $2" -c "EXECUTE asked" -c "EXECUTE asked" \
        -c "\\echo PLAN" -c "EXPLAIN (ANALYZE, COSTS OFF) EXECUTE asked" | sed '1,/^PLAN$/d'
}
page() { # condition
    printf '%s' "SELECT * FROM (SELECT i.id, i.started_at, v.username FROM aibridge_interceptions AS i
        JOIN visible_users AS v ON v.id = i.initiator_id WHERE i.ended_at IS NOT NULL $1
        ORDER BY i.started_at DESC, i.id DESC LIMIT 1001) AS page ORDER BY started_at DESC, id DESC LIMIT 101"
}
cursor=$(sql -c "SELECT id FROM aibridge_interceptions WHERE started_at > '2026-03-10Z' ORDER BY started_at LIMIT 1")
newest=$(sql -c "SELECT string_agg(quote_literal(id), ',') FROM (
    SELECT id FROM aibridge_interceptions ORDER BY started_at DESC LIMIT 100) AS t")
children="WHERE interception_id = ANY (ARRAY[$newest]::uuid[]) ORDER BY interception_id, created_at, id"
explain "first page" "$(page '')"
explain "page after a cursor in March" "$(page "AND (i.started_at, i.id) < (SELECT c.started_at, c.id
    FROM aibridge_interceptions AS c WHERE c.id = '$cursor')")"
explain "a week in March" "$(page "AND i.started_at >= '2026-03-03Z' AND i.started_at < '2026-03-10Z'")"
explain "children of 100, whole" "SELECT * FROM aibridge_token_usages $children"
explain "children of 100, by month" "SELECT * FROM by_month $children"
