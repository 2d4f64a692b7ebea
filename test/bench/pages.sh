# shellcheck shell=bash
# Sourced by run: pages of interceptions by kind; beside the floor, with an exact count, and on ten times the rows.
: "${work:?}" "${connections:?}" "${database:?}"

sql_in() { psql -d "$1" -Atc "$2"; } # database sql

busiest_user() { # database
    sql_in "$1" "SELECT initiator_id FROM aibridge_interceptions GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
}

# The day in the middle of the log, and one so many days later.
days_from_the_middle() { # database days
    sql_in "$1" "SELECT to_char(middle, 'YYYY-MM-DD') || ' ' || to_char(middle + interval '$2 days', 'YYYY-MM-DD')
        FROM (SELECT (min(started_at) + (max(started_at) - min(started_at)) / 2) AT TIME ZONE 'UTC' AS middle FROM aibridge_interceptions) AS m"
}

# The kinds of pages, one a line: name | query string | the floor's WHERE | the floor's cursor. Values are those that many rows have.
page_kinds() { # database
    local deep user from to
    deep=$(sql_in "$1" "SELECT id FROM aibridge_interceptions WHERE ended_at IS NOT NULL ORDER BY started_at DESC, id DESC
        OFFSET (SELECT count(*) * 9 / 10 FROM aibridge_interceptions WHERE ended_at IS NOT NULL) LIMIT 1")
    user=$(busiest_user "$1")
    read -r from to < <(days_from_the_middle "$1" 6)
    cat <<KINDS
first page|||
deep cursor|&after_id=$deep|| AND (i.started_at, i.id) < (SELECT c.started_at, c.id FROM aibridge_interceptions AS c WHERE c.id = '$deep')
initiator|&q=initiator:$user| AND i.initiator_id = '$user'|
model|&q=model:o3| AND i.model = 'o3'|
provider|&q=provider:anthropic| AND i.provider = 'anthropic'|
client|&q=client:%22Claude%20Code%22| AND i.client = 'Claude Code'|
started range|&q=started:$from..$to| AND i.started_at >= '${from}Z' AND i.started_at < timestamptz '${to}Z' + interval '1 day'|
KINDS
}

# Those, and ranges that have no sum for their first and their last hour.
counted_kinds() { # database
    local user from to
    page_kinds "$1"
    user=$(busiest_user "$1")
    read -r from to < <(days_from_the_middle "$1" 25)
    from+=T05:20:00Z to+=T19:40:00Z
    cat <<KINDS
from minute to minute|&q=started_after:%22$from%22%20started_before:%22$to%22||
the same, model|&q=model:o3%20started_after:%22$from%22%20started_before:%22$to%22||
the same, initiator|&q=initiator:$user%20started_after:%22$from%22%20started_before:%22$to%22||
KINDS
}

# Also writes each row into $work/figures, for the chart.
compare_pages() { # port
    local name parameters where cursor limit c floor ours
    : >"$work/figures"
    say "bench: pages"
    measure_page "$1" 'limit=100&count=none' 8 >/dev/null # warms up
    printf '| page, count=none | rows | connections | requests/s | p50 | p99 | floor/s | floor p50 | floor p99 | ratio |\n'
    printf '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n'
    while IFS='|' read -r name parameters where cursor; do
        for limit in 25 100; do
            floor_script "$work/floor.sql" "$limit" none "$where" "$cursor"
            for c in "${connections[@]}"; do
                floor=$(measure_floor "$work/floor.sql" "$c")
                ours=$(measure_page "$1" "limit=$limit&count=none$parameters" "$c")
                echo "$name|$limit|$c|$ours $floor" | tee -a "$work/figures" | page_row
            done
        done
    done < <(page_kinds "$database")
}

page_row() {
    awk -F'|' '{ split($4, at, " "); printf "| %s | %d | %d | %s | %s | %s | %s | %s | %s | %.2f |\n",
        $1, $2, $3, at[1], at[2], at[3], at[4], at[5], at[6], at[1] / at[4] }'
}

# Medians of the same pages one way and another, one connection each.
compare_medians() { # kinds header port parameters database other-port other-parameters other-database
    local kinds=$1 name parameters others limit one other_kinds
    shift
    other_kinds=$("$kinds" "$7")
    printf '| page | rows | %s | ratio |\n| --- | --- | --- | --- | --- |\n' "$1"
    while IFS='|' read -r name parameters _; do
        others=$(grep "^$name|" <<<"$other_kinds" | cut -d'|' -f2)
        for limit in 25 100; do
            one=$(measure_page "$2" "limit=$limit$3$parameters" 1)
            echo "$name|$limit|$one $(measure_page "$5" "limit=$limit$6$others" 1)" |
                awk -F'|' '{ split($3, at, " "); printf "| %s | %d | %s | %s | %.2f |\n", $1, $2, at[2], at[5], at[5] / at[2] }'
        done
    done < <("$kinds" "$4")
}

compare_exact() { # accelerated-port
    say "bench: exact counts"
    compare_medians counted_kinds 'count=none, p50 | count=exact, p50' "$1" '&count=none' "$database" "$1" '&count=exact' "$database"
}

compare_growth() { # accelerated-port accelerated-port-of-2-million
    say "bench: growth"
    compare_medians page_kinds 'p50 of 200,000 | p50 of 2,000,000' "$1" '&count=none' bench_200000 "$2" '&count=none' bench_2000000
}

draw_chart() { # file about
    if ! [ -s "$work/figures" ]; then
        say 'bench: --chart draws the table "pages", which this run has not'
        return 1
    fi
    awk -f test/bench/bars.awk -f test/bench/chart.awk -v about="$2" "$work/figures" >"$1"
    say "bench: $1"
}
