# shellcheck shell=bash
# Sourced by run: the floor, and what pgbench and wrk say.
: "${seconds:?}" "${work:?}" "${token:?}"

# The floor's script: page, children and, where asked, the count, in one pipeline and one snapshot; rows in the answer's order.
floor_script() { # file limit count where cursor
    local page="SELECT i.id, i.api_key_id, i.initiator_id, v.username, v.name, v.avatar_url, i.provider, i.model, i.provider_name, i.client,
        i.session_id, i.metadata, i.started_at, i.ended_at"
    local from="FROM aibridge_interceptions AS i JOIN visible_users AS v ON v.id = i.initiator_id WHERE i.ended_at IS NOT NULL$4"
    local order="$5 ORDER BY i.started_at DESC, i.id DESC LIMIT $2"
    local ids="ANY(ARRAY(SELECT i.id $from $order))"
    {
        printf '\\startpipeline\nBEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n%s %s %s;\n' "$page" "$from" "$order"
        printf 'SELECT * FROM aibridge_token_usages WHERE interception_id = %s ORDER BY interception_id, created_at, id;\n' "$ids"
        printf 'SELECT * FROM aibridge_user_prompts WHERE interception_id = %s ORDER BY interception_id, created_at, id;\n' "$ids"
        printf 'SELECT * FROM aibridge_tool_usages WHERE interception_id = %s ORDER BY interception_id, created_at, id;\n' "$ids"
        [ "$3" = none ] || printf 'SELECT count(*) %s;\n' "$from"
        printf 'COMMIT;\n\\endpipeline\n'
    } >"$1"
}

# Prints "requests/s p50 p99" (milliseconds) of one kind.
measure_floor() { # script connections
    rm -f "$work"/lat.*
    local tps
    tps=$(pgbench -n -M prepared -c "$2" -j 1 -T "$seconds" -f "$1" --log --log-prefix="$work/lat" 2>"$work/pgbench.err" |
        sed -n 's/^tps = \([0-9.]*\).*/\1/p')
    sort -n -k3,3 "$work"/lat.* | awk -v tps="$tps" '{ at[NR] = $3 } END {
        printf "%.0f %.2f %.2f\n", tps, at[int(NR * 0.5) + 1] / 1000, at[int(NR * 0.99) + 1] / 1000 }'
}

measure_url() { # url connections
    wrk -t 1 -c "$2" -d "${seconds}s" --latency -H "Coder-Session-Token: $token" "$1" >"$work/wrk"
    if grep -q 'Non-2xx\|Socket errors' "$work/wrk"; then
        say "bench: failed requests for $1:"
        cat "$work/wrk" >&2
        exit 1
    fi
    awk 'function ms(t) { return t ~ /us$/ ? t / 1000 : t ~ /ms$/ ? t + 0 : t * 1000 }
        $1 == "50%" { p50 = ms($2) } $1 == "99%" { p99 = ms($2) } $1 == "Requests/sec:" { rps = $2 }
        END { printf "%.0f %.2f %.2f\n", rps, p50, p99 }' "$work/wrk"
}

measure_page() { # port page-parameters connections
    measure_url "http://127.0.0.1:$1/api/v2/aibridge/interceptions?$2" "$3"
}
