# shellcheck shell=bash
# Sourced by run: what indexes for searches and triggers cost those who write. In a cluster of its own, thrown away afterwards: fsync
# is a setting of the whole cluster, and nothing is written to the data set.
# shellcheck disable=SC2154 # as_server is an array of run
: "${bin:?}" "${dir:?}" "${work:?}" "${host:?}" "${database:?}" "${binary:?}" "${seconds:?}"

writers_dir=$dir/writers.$$

stop_writers() {
    [ -d "$writers_dir" ] || return 0
    "${as_server[@]}" "$bin/pg_ctl" -D "$writers_dir" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$writers_dir"
}

start_writers() { # fsync
    "${as_server[@]}" "$bin/pg_ctl" -D "$writers_dir" -m fast -w stop >/dev/null 2>&1 || true
    "${as_server[@]}" "$bin/pg_ctl" -D "$writers_dir" -w -l "$work/writers.log" -o "-c listen_addresses='' -c unix_socket_directories=$work \
        -c port=5499 -c shared_buffers=512MB -c max_wal_size=8GB -c maintenance_work_mem=512MB -c jit=off -c fsync=$1" start >/dev/null
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
    writer_tables=(plain accelerated)
    if [ -n "$(in_writers psql -d accelerated -Atc "SELECT 1 FROM pg_trigger WHERE tgname LIKE 'bridgewatch%' LIMIT 1")" ]; then
        in_writers createdb -T accelerated triggers
        # Only indexes of Coder's tables: those of our own tables are part of what the triggers cost.
        in_writers psql -qd triggers -v ON_ERROR_STOP=1 <<'SQL'
SELECT format('DROP INDEX %s', i.indexrelid::regclass) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_class AS t ON t.oid = i.indrelid WHERE c.relname LIKE 'bridgewatch\_%' AND t.relname LIKE 'aibridge\_%' \gexec
SQL
        writer_tables+=(triggers)
    fi
    local one
    for one in "${writer_tables[@]}"; do in_writers psql -qd "$one" -c 'VACUUM ANALYZE'; done
}

writer_rate() { # database clients
    in_writers psql -qd "$1" -c CHECKPOINT
    in_writers pgbench -n -M prepared -c "$2" -j 1 -T "$seconds" -f test/bench/writers.sql "$1" 2>"$work/pgbench.err" |
        sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

compare_writers() {
    local fsync clients round one
    make_writers
    printf '| writers: a request recorded, cycles/s | tables | first | second | cost |\n| --- | --- | --- | --- | --- |\n'
    for fsync in on off; do
        start_writers "$fsync"
        for clients in 1 16; do
            : >"$work/writers"
            for round in 1 2; do
                for one in "${writer_tables[@]}"; do echo "$one $round $(writer_rate "$one" "$clients")" >>"$work/writers"; done
            done
            awk -v about="fsync $fsync, $clients clients" '{ rate[$1, $2] = $3; if ($2 == 1) name[++n] = $1 }
                BEGIN { says["plain"] = "Coder'\''s own indexes"; says["accelerated"] = "accelerated"; says["triggers"] = "triggers alone" }
                END { for (i = 1; i <= n; i++) { a = rate[name[i], 1]; b = rate[name[i], 2]; sum = a + b; if (i == 1) plain = sum
                    printf "| %s | %s | %.0f | %.0f | %s |\n", about, says[name[i]], a, b, i == 1 ? "" : sprintf("%.0f %%", 100 * (plain / sum - 1)) } }' "$work/writers"
        done
    done
    stop_writers
}
