# shellcheck shell=bash
# Sourced by run, for ./dev profile: the loads by which the release is optimised. Prints nothing: how fast a program is that counts its
# branches says nothing.
: "${work:?}" "${seconds:?}" "${database:?}" "${token:?}"

# Something of all that is asked often, pages of interceptions most of all.
train() { # port accelerated-port
    local port limit name parameters line
    for port in "$1" "$2"; do
        say "bench: training at port $port"
        while IFS='|' read -r name parameters _; do
            for limit in 25 100; do measure_page "$port" "limit=$limit&count=none$parameters" 8 >/dev/null; done
            measure_page "$port" "limit=25&count=none$parameters" 1 >/dev/null
        done < <(page_kinds "$database")
        measure_page "$port" 'limit=1000&count=none' 2 >/dev/null
        measure_url "http://127.0.0.1:$port/livez" 8 >/dev/null
        measure_url "http://127.0.0.1:$port/api/v2/aibridge/models" 2 >/dev/null
        # Its families of terms, whatever each answers: a rare one may take longer than wrk waits.
        while IFS='|' read -r _ _ line; do
            curl -s -o "$work/answer" --max-time 20 -G -H "Coder-Session-Token: $token" --data-urlencode "q=${line# }" \
                "http://127.0.0.1:$port/api/v2/aibridge/interceptions?limit=25&count=capped" || true
        done < <(grep -v '^#' test/bench/terms.txt)
    done
    for name in gzip zstd; do
        curl -s -o "$work/answer" -H "Coder-Session-Token: $token" -H "Accept-Encoding: $name" \
            "http://127.0.0.1:$2/api/v2/aibridge/interceptions?limit=[1-200]&count=none"
    done
    measure_page "$2" 'limit=25' 8 >/dev/null
    measure_page "$2" 'limit=25&q=model:o3' 8 >/dev/null
    measure_url "http://127.0.0.1:$2/api/v2/aibridge/sessions?limit=25" 8 >/dev/null
    line=$(cursor_behind "${database}_accelerated" 10)
    measure_url "http://127.0.0.1:$2/api/v2/aibridge/sessions/$line" 4 >/dev/null
}
