# shellcheck shell=bash
# Sourced by run: what indexes for searches and triggers cost those who write. In a cluster of its own, thrown away afterwards: fsync
# is a setting of the whole cluster, and nothing is written to the data set.
# shellcheck disable=SC2154 # as_server is an array of run
: "${bin:?}" "${dir:?}" "${work:?}" "${host:?}" "${database:?}" "${binary:?}"

writers_dir=$dir/writers.$$

stop_writers() {
    [ -d "$writers_dir" ] || return 0
    "${as_server[@]}" "$bin/pg_ctl" -D "$writers_dir" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$writers_dir"
}

start_writers() { # fsync
    "${as_server[@]}" "$bin/pg_ctl" -D "$writers_dir" -m fast -w stop >/dev/null 2>&1 || true
    "${as_server[@]}" "$bin/pg_ctl" -D "$writers_dir" -w -l "$work/writers.log" -o "-c listen_addresses='' -c unix_socket_directories=$work \
        -c port=5499 -c shared_buffers=512MB -c max_wal_size=16GB -c checkpoint_timeout=1h -c maintenance_work_mem=512MB -c jit=off -c fsync=$1" \
        start >/dev/null
}

in_writers() { PGHOST=$work PGPORT=5499 "$@"; }

make_writers() {
    say "bench: copying $database for writers"
    "${as_server[@]}" initdb --no-locale --no-sync -E UTF8 -U bench -D "$writers_dir" >/dev/null
    start_writers off
    in_writers createdb plain
    pg_dump -d "$database" | in_writers psql -qd plain -v ON_ERROR_STOP=1 >/dev/null
    in_writers createdb -T plain accelerated
    "$binary" migrate --schema=accelerate --database-url "host=$work port=5499 user=bench dbname=accelerated" >&2
    in_writers createdb -T accelerated triggers
    # Only indexes of Coder's tables: those of our own tables are part of what the triggers cost.
    in_writers psql -qd triggers -v ON_ERROR_STOP=1 <<'SQL'
SELECT format('DROP INDEX %s', i.indexrelid::regclass) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_class AS t ON t.oid = i.indrelid WHERE c.relname LIKE 'bridgewatch\_%' AND t.relname LIKE 'aibridge\_%' \gexec
SQL
    writer_tables=(plain accelerated triggers) # the first without triggers
    local one
    for one in "${writer_tables[@]}"; do in_writers psql -qd "$one" -c 'VACUUM ANALYZE'; done
}

# Short slices in a new order each round: what the disk and other work on the machine do meets all tables alike. Two long measurements
# one after the other differed by a quarter on the same tables. What a connection does once is left out with the first seconds of a slice;
# the first fold, for which it plans 20 to 40 ms, would not always fall into them.
writer_rounds=${BENCH_WRITER_ROUNDS:-7}
writer_seconds=3 writer_first_seconds=3
# At a rate a second has few cycles, and one or two folds.
writer_seconds_at_a_rate=9

writer_slice() { # database clients [rate]
    local folds=1 seconds=$writer_seconds
    [ "$1" != "${writer_tables[0]}" ] || folds=0
    [ -z "${3:-}" ] || seconds=$writer_seconds_at_a_rate
    in_writers pgbench -n -M prepared -c "$2" -j 1 -T $((writer_first_seconds + seconds)) -P 1 ${3:+-R "$3"} -D folds_to_plan=$folds \
        -f test/bench/writers.sql "$1" 2>&1
}

median() { sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'; }

# Prints "database median ratio" of each: cycles/s, or with a rate the latency of a cycle in ms, and what it is of the first table's.
# Ratios are taken within a round, since the machine is not the same in all of them, and their median over the rounds.
writer_medians() { # clients [rate]
    local one what='s/^progress: .* s, \([0-9.]*\) tps.*/\1/p'
    [ -z "${2:-}" ] || what='s/^progress: .* lat \([0-9.]*\) ms stddev.*/\1/p'
    rm -f "$work"/slices.*
    for _ in $(seq "$writer_rounds"); do
        for one in $(shuf -e "${writer_tables[@]}"); do
            writer_slice "$one" "$1" "${2:-}" | sed -n "$what" | sed "1,${writer_first_seconds}d" | median >>"$work/slices.$one"
        done
    done
    for one in "${writer_tables[@]}"; do
        echo "$one $(median <"$work/slices.$one") $(paste -d' ' "$work/slices.$one" "$work/slices.${writer_tables[0]}" | awk '{ print $1 / $2 }' | median)"
    done
}

# After a checkpoint the first change of each page writes all of it to the log (full_page_writes). With random ids that is most pages within
# seconds, and then none until the next checkpoint, which comes when all is measured.
warm_writers_up() {
    local one
    for one in "${writer_tables[@]}"; do writer_slice "$one" 16 >/dev/null; done
}

writer_rows() { # about rate|latency
    awk -v about="$1" -v what="$2" 'BEGIN { says["plain"] = "Coder'\''s own indexes"; says["accelerated"] = "accelerated"; says["triggers"] = "triggers alone" }
        { cost = (what == "rate" ? 1 / $3 : $3) - 1
          printf "| %s | %s | %s | %s |\n", about, says[$1], what == "rate" ? sprintf("%.0f cycles/s", $2) : sprintf("%.2f ms a cycle", $2),
              NR == 1 ? "" : sprintf("%.0f %%", 100 * cost) }'
}

compare_writers() {
    local fsync clients
    make_writers
    printf '| writers: a request recorded, median of %s slices of %s s, %s s at a rate | tables | | cost |\n| --- | --- | --- | --- |\n' \
        "$writer_rounds" "$writer_seconds" "$writer_seconds_at_a_rate"
    for fsync in on off; do
        start_writers "$fsync"
        in_writers psql -qd plain -c CHECKPOINT
        warm_writers_up
        for clients in 1 16; do
            writer_medians "$clients" | writer_rows "fsync $fsync, $clients clients, as fast as they can" rate
        done
        # Far more than a company records, and what the machine can do without being full: what one writer waits for.
        writer_medians 16 200 | writer_rows "fsync $fsync, 16 clients, 200 cycles/s" latency
    done
    stop_writers
}
