# shellcheck shell=bash
# Sourced by run: what the server gives when more is asked of it than it can serve. What it can serve is what wrk gets from it
# in the same run; the load is an open loop at a constant rate (overload.cpp).
: "${work:?}" "${token:?}" "${database:?}" "${seconds:?}"

overload_page='limit=100&count=none'

# Also writes what bench_overload says into $work/overload, for the chart.
measure_overload() { # port
    local pid capacity
    say "bench: overload"
    # One token stands for many callers here.
    serve "$database" "$1" --max-requests-per-key 100000
    # shellcheck disable=SC2154 # it is run's
    pid=${servers[-1]}
    measure_page "$1" "$overload_page" 16 >/dev/null # warms up
    capacity=$(measure_page "$1" "$overload_page" 16 | cut -d' ' -f1)
    BENCH_TOKEN=$token build/release/test/bench/bench_overload "127.0.0.1:$1" "/api/v2/aibridge/interceptions?$overload_page" \
        "$capacity" "$((seconds * 2))" >"$work/overload"
    stop_server "$pid"
    printf '| offered load | requests/s | answered/s | p50 | p99 | refused/s (503) | p50 | p99 | other/s | normal again after |\n'
    printf '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n'
    awk '{ printf "| %s × | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6, ($6 > 0 ? $7 : ""), ($6 > 0 ? $8 : ""), $9, $10 }' "$work/overload"
}

draw_overload() { # file about
    awk -f test/bench/bars.awk -f test/bench/overload.awk -v about="$2" "$work/overload" >"$1"
    say "bench: $1"
}
