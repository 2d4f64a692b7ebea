# shellcheck shell=bash
# Sourced by run: a page of 100 for each family of terms, on the tables as they are and with `migrate --schema=accelerate`.
# Prints the median of five requests in ms, and how many rows its plan reads for each that it returns.
: "${binary:?}" "${host:?}" "${token:?}"

# A few rows that a selective search can find: the data set's texts all have the same words.
plant_needles() { # database
    psql -qd "$1" -v ON_ERROR_STOP=1 <<'SQL'
UPDATE aibridge_user_prompts SET prompt = prompt || ' AKIAIOSFODNN7EXAMPLE' WHERE id IN (SELECT id FROM aibridge_user_prompts ORDER BY id LIMIT 20);
UPDATE aibridge_tool_usages SET input = input || ' AKIAIOSFODNN7EXAMPLE' WHERE id IN (SELECT id FROM aibridge_tool_usages ORDER BY id LIMIT 20);
UPDATE aibridge_tool_usages SET input = '{"command": "rm -rf /var/lib"}' WHERE id IN (SELECT id FROM aibridge_tool_usages ORDER BY id OFFSET 20 LIMIT 20);
UPDATE aibridge_tool_usages SET invocation_error = 'segmentation fault: AKIAIOSFODNN7EXAMPLE'
    WHERE id IN (SELECT id FROM aibridge_tool_usages ORDER BY id OFFSET 40 LIMIT 20);
UPDATE aibridge_tool_usages SET tool = 'format_disk' WHERE id IN (SELECT id FROM aibridge_tool_usages ORDER BY id OFFSET 60 LIMIT 20);
UPDATE aibridge_model_thoughts SET content = content || ' AKIAIOSFODNN7EXAMPLE'
    WHERE interception_id IN (SELECT interception_id FROM aibridge_model_thoughts ORDER BY interception_id LIMIT 20);
UPDATE aibridge_interceptions SET model = 'gpt-5-preview' WHERE id IN (SELECT id FROM aibridge_interceptions ORDER BY id LIMIT 20);
SQL
}

accelerated_copy() { # database
    if has_database "$1_accelerated"; then
        # What has become part of it since.
        "$binary" migrate --schema=accelerate --database-url "host=$host user=bench dbname=$1_accelerated" >&2
        return
    fi
    say "bench: copying $1 and building the indexes for searches (once)"
    dropdb --if-exists "$1_accelerated.part"
    # Others may be connected to it in a cluster that is shared.
    if ! createdb -T "$1" "$1_accelerated.part" 2>/dev/null; then
        createdb "$1_accelerated.part"
        pg_dump -d "$1" | psql -qd "$1_accelerated.part" -v ON_ERROR_STOP=1 >/dev/null
    fi
    "$binary" migrate --schema=accelerate --database-url "host=$host user=bench dbname=$1_accelerated.part" >&2
    psql -qd "$1_accelerated.part" -c 'VACUUM ANALYZE'
    psql -qd postgres -c "ALTER DATABASE \"$1_accelerated.part\" RENAME TO \"$1_accelerated\""
}

index_sizes() { # database
    psql -d "$1" -At -F ' | ' -c "SELECT '| ' || c.relname, pg_size_pretty(pg_relation_size(c.oid)) || ' |' FROM pg_class AS c
        WHERE c.relkind = 'i' AND c.relname LIKE 'bridgewatch\_%' ORDER BY pg_relation_size(c.oid) DESC"
}

# Median of five requests in ms, after one that warms up; the status instead where one is not 200.
page_time() { # port query
    local i answer
    for i in 1 2 3 4 5 6; do
        answer=$(curl -s -o /dev/null -w '%{http_code} %{time_total}' -G -H "Coder-Session-Token: $token" --data-urlencode "q=$2" \
            "http://127.0.0.1:$1/api/v2/aibridge/interceptions?limit=100&count=none")
        [ "$i" = 1 ] && continue
        [ "${answer%% *}" = 200 ] || { echo "status ${answer%% *}"; return; }
        echo "${answer##* }"
    done | sort -n | awk '/status/ { status = $0 } { at[NR] = $1 } END { if (status) print status; else printf "%.1f\n", at[3] * 1000 }'
}

# Rows that the plan's scans read, those that a filter dropped included, for each row of the page; 1 at least is taken as returned.
rows_read() { # database query
    PGOPTIONS='-c statement_timeout=10s' "$binary" explain "$2" --analyze --database-url "host=$host user=bench dbname=$1" 2>/dev/null | awk '
        /actual time=/ { loops = $0; sub(/.*loops=/, "", loops); loops += 0; rows = $0; sub(/.*rows=/, "", rows); rows += 0
            if (!seen++) returned = rows
            if (/Scan/ && !/Bitmap Index Scan/) read += rows * loops }
        /Rows Removed by/ { n = $0; sub(/.*: /, "", n); read += n * loops }
        END { if (!seen) print "-"; else printf "%.1f\n", read / (returned > 1 ? returned : 1) }'
}

# The ids that terms.txt asks for.
with_ids() { # query
    local query=$1
    query=${query/ID/$one_id}
    query=${query/THREAD/$one_id}
    echo "${query/SESSION/$one_session}"
}

trimmed() { # text
    local text=${1#"${1%%[! ]*}"}
    echo "${text%"${text##*[! ]}"}"
}

compare_terms() { # database port accelerated-port
    local family matches query plain fast
    one_id=$(psql -d "$1" -Atc "SELECT id FROM aibridge_interceptions WHERE ended_at IS NOT NULL AND thread_root_id IS NULL ORDER BY id OFFSET 1000 LIMIT 1")
    one_session=$(psql -d "$1" -Atc "SELECT session_id FROM aibridge_interceptions WHERE ended_at IS NOT NULL AND client_session_id IS NOT NULL ORDER BY id OFFSET 1000 LIMIT 1")
    printf '| terms | match | query | page | rows read | accelerated page | rows read |\n| --- | --- | --- | --- | --- | --- | --- |\n'
    while IFS='|' read -r family matches query; do
        family=$(trimmed "$family") matches=$(trimmed "$matches") query=$(with_ids "$(trimmed "$query")")
        plain=$(page_time "$2" "$query")
        fast=$(page_time "$3" "$query")
        # shellcheck disable=SC2016 # the backquotes are Markdown's
        printf '| %s | %s | `%s` | %s | %s | %s | %s |\n' "$family" "$matches" "$query" "$plain" "$(rows_read "$1" "$query")" \
            "$fast" "$(rows_read "$1_accelerated" "$query")"
    done < <(grep -v '^#' test/bench/terms.txt)
}
