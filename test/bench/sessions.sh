# shellcheck shell=bash
# Sourced by run: sessions, their details, and lists of values. Each row is asked of the tables with upstream's own indexes, of those
# with `migrate --schema=accelerate`, once by its indexes alone and once with its tables too, and, where upstream has such a statement, of
# upstream's SQL as published (upstream_queries.sql of the data set) on the same tables. Prints the median of five in ms.
: "${binary:?}" "${token:?}" "${dataset:?}" "${database:?}" "${port:?}" "${rows:?}"

sessions_api=/api/v2/aibridge

# Median of five requests in ms, after two that warm up; the status instead where one is not 200.
request_time() { # port target [curl options…]
    local i answer port=$1 target=$2
    shift 2
    for i in 1 2 3 4 5 6 7; do
        answer=$(curl -s -o /dev/null -w '%{http_code} %{time_total}' -G -H "Coder-Session-Token: $token" "$@" "http://127.0.0.1:$port$sessions_api$target")
        [ "$i" -le 2 ] && continue
        [ "${answer%% *}" = 200 ] || { echo "status ${answer%% *}"; return; }
        echo "${answer##* }"
    done | sort -n | awk '/status/ { status = $0 } { at[NR] = $1 } END { if (status) print status; else printf "%.1f\n", at[3] * 1000 }'
}

# Median of three executions of upstream's prepared statement in ms, after one that warms up.
upstream_time() { # database execute-statement
    { cat "$dataset/upstream_queries.sql"
      printf '\\o /dev/null\n%s;\n\\timing on\n%s;\n%s;\n%s;\n' "$2" "$2" "$2" "$2"; } |
        psql -qd "$1" -v ON_ERROR_STOP=1 | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | sort -n | sed -n 2p | awk '{ printf "%.1f\n", $1 }'
}

# The arguments of upstream's statements; empty ones filter nothing.
upstream_filter() { # after before initiator provider model client
    printf "'%s', '%s', '%s', '%s', '%s', '%s'" "${1:-0001-01-01Z}" "${2:-0001-01-01Z}" "${3:-00000000-0000-0000-0000-000000000000}" \
        "$4" "$5" "$6"
}

# The session at a place of the unfiltered list, and its parameters for the next page.
cursor_behind() { # database offset
    psql -d "$1" -Atc "SELECT session_id FROM (SELECT i.session_id, i.initiator_id, coalesce(max(p.at), min(i.started_at)) AS at
        FROM aibridge_interceptions AS i CROSS JOIN LATERAL (SELECT max(p.created_at) AS at FROM aibridge_user_prompts AS p
        WHERE p.interception_id = i.id) AS p WHERE i.ended_at IS NOT NULL GROUP BY 1, 2) AS s
        ORDER BY at DESC, session_id DESC, initiator_id DESC OFFSET $2 LIMIT 1"
}

# Nobody writes here meanwhile, so the tables stay right.
use_tables() { # state
    psql -qd "${database}_accelerated" -c "UPDATE bridgewatch_acceleration SET state = '$1'"
}

session_row() { # name target upstream-statement [curl options…]
    local name=$1 target=$2 upstream=$3
    shift 3
    local plain indexes fast theirs=-
    plain=$(request_time "$port" "$target" "$@")
    use_tables disproved
    indexes=$(request_time "$((port + 1))" "$target" "$@")
    use_tables ready
    fast=$(request_time "$((port + 1))" "$target" "$@")
    [ -z "$upstream" ] || [ ! -r "$dataset/upstream_queries.sql" ] || theirs=$(upstream_time "$database" "$upstream")
    printf '%s|%s|%s|%s|%s\n' "$name" "$plain" "$indexes" "$fast" "$theirs" | awk -F '|' '{ ratio = ($5 > 0 && $4 > 0) ? sprintf("%.0f", $5 / $4) : "-"
        printf "| %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, ratio }'
}

compare_sessions() {
    local page='/sessions?limit=25&count=none' user user_id rare rare_id deep deep_id big average none
    none=$(upstream_filter '' '' '' '' '' '')
    user=user0 rare=$(psql -d "$database" -Atc "SELECT v.username FROM aibridge_interceptions AS i JOIN visible_users AS v ON v.id = i.initiator_id
        GROUP BY 1 ORDER BY count(*) LIMIT 1")
    user_id=$(psql -d "$database" -Atc "SELECT id FROM visible_users WHERE username = '$user'")
    rare_id=$(psql -d "$database" -Atc "SELECT id FROM visible_users WHERE username = '$rare'")
    deep=$(psql -d "$database" -Atc "SELECT (count(*) * 0.9)::int FROM (SELECT DISTINCT session_id, initiator_id FROM aibridge_interceptions
        WHERE ended_at IS NOT NULL) AS s")
    deep_id=$(cursor_behind "$database" "$deep")
    big=$(psql -d "$database" -Atc "SELECT session_id FROM aibridge_interceptions WHERE ended_at IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    average=$(psql -d "$database" -Atc "SELECT session_id FROM aibridge_interceptions WHERE ended_at IS NOT NULL GROUP BY 1 HAVING count(*) = 6
        ORDER BY 1 LIMIT 1")
    printf '| question | as it is | indexes | accelerated | upstream | upstream / accelerated |\n| --- | --- | --- | --- | --- | --- |\n'
    session_row "sessions, page 1 of 25" "$page" "EXECUTE sessions_page($none, '', 0, 25)"
    session_row "page 10, by offset" "$page&offset=225" "EXECUTE sessions_page($none, '', 225, 25)"
    session_row "deep cursor (90 %)" "$page&after_session_id=$deep_id" "EXECUTE sessions_page($none, '$deep_id', 0, 25)"
    session_row "initiator, $user" "$page" "EXECUTE sessions_page($(upstream_filter '' '' "$user_id" '' '' ''), '', 0, 25)" --data-urlencode "q=initiator:$user"
    session_row "initiator, $rare (fewest)" "$page" "EXECUTE sessions_page($(upstream_filter '' '' "$rare_id" '' '' ''), '', 0, 25)" \
        --data-urlencode "q=initiator:$rare"
    session_row "model, 8 %" "$page" "EXECUTE sessions_page($(upstream_filter '' '' '' '' o3 ''), '', 0, 25)" --data-urlencode q=model:o3
    session_row "model, 20 interceptions" "$page" "EXECUTE sessions_page($(upstream_filter '' '' '' '' gpt-5-preview ''), '', 0, 25)" \
        --data-urlencode q=model:gpt-5-preview
    session_row "client" "$page" "EXECUTE sessions_page($(upstream_filter '' '' '' '' '' Zed), '', 0, 25)" --data-urlencode q=client:Zed
    session_row "last week" "$page" "EXECUTE sessions_page($(upstream_filter 2026-08-21Z '' '' '' '' ''), '', 0, 25)" \
        --data-urlencode 'q=started_after:"2026-08-21T00:00:00Z"'
    session_row "a week in the past" "$page" "EXECUTE sessions_page($(upstream_filter 2026-07-10Z 2026-07-17Z '' '' '' ''), '', 0, 25)" \
        --data-urlencode 'q=started:2026-07-10..2026-07-16'
    session_row "page 1, count=exact" '/sessions?limit=25' "EXECUTE sessions_count($none)"
    session_row "initiator, $user, count=exact" '/sessions?limit=25' "EXECUTE sessions_count($(upstream_filter '' '' "$user_id" '' '' ''))" \
        --data-urlencode "q=initiator:$user"
    session_row "offset $((rows / 10))" "$page&offset=$((rows / 10))" ""
    session_row "page 1, count=capped" '/sessions?limit=25&count=capped' ""
    session_row "model, count=exact" '/sessions?limit=25' "EXECUTE sessions_count($(upstream_filter '' '' '' '' o3 ''))" --data-urlencode q=model:o3
    session_row "detail, 6 interceptions" "/sessions/$average" ""
    session_row "detail, the largest session" "/sessions/$big" ""
    session_row "models" /models "EXECUTE models('')"
    session_row "clients" /clients ""
}
