#!/usr/bin/env bash
# Keeps the audit log of a database of one's own in a partition for each month.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat <<'TEXT'
partitions.sh --database CONNINFO [options]

Keeps the tables of the audit log partitioned by month (UTC): makes months ahead, and takes those away that are too old.
Run it daily. It touches nothing but a database that "bridgewatch migrate" made; Coder's own is Coder's business.

  --database CONNINFO   libpq connection string of the tables' owner; its password belongs in a passfile
  --convert             first make the tables partitioned. What they hold becomes their first partition, not copied
  --from YYYY-MM        with --convert: the first month (the one after all that the tables hold, at least this one)
  --children whole|monthly
                        with --convert: partition only the interceptions, which keeps pages cheap (whole), or token
                        usages, prompts, tool calls and thoughts too (monthly)
  --ahead N             months to have ready beside the running one (3)
  --keep N              months to keep beside the running one (0: all)
  --detach-only         leave the tables of old months in the database, detached (rows of whole tables are deleted)
TEXT
}

die() { printf 'partitions.sh: %s\n' "$*" >&2; exit 1; }
wrong() { printf 'partitions.sh: %s\n' "$*" >&2; exit 2; }

database='' convert=no from='' children=whole ahead=3 keep=0 detach_only=no
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --database | --from | --children | --ahead | --keep)
        [ $# -ge 2 ] || wrong "$1 needs a value"
        printf -v "${1#--}" '%s' "$2"
        shift 2
        ;;
    --convert) convert=yes; shift ;;
    --detach-only) detach_only=yes; shift ;;
    *) wrong "unknown option \"$1\"; --help lists them" ;;
    esac
done
[ -n "$database" ] || wrong "--database is missing"
[[ $from =~ ^([0-9]{4}-[0-9]{2})?$ ]] || wrong "--from: expected YYYY-MM, got \"$from\""
[[ $children =~ ^(whole|monthly)$ ]] || wrong "--children: expected whole or monthly, got \"$children\""
[[ $ahead =~ ^[0-9]{1,3}$ ]] || wrong "--ahead: expected a number of months, got \"$ahead\""
[[ $keep =~ ^[0-9]{1,4}$ ]] || wrong "--keep: expected a number of months, got \"$keep\""

# Each call is a session of its own, with the functions.
sql() { psql -XAtq -v ON_ERROR_STOP=1 -d "$database" -f "$here/functions.sql" "$@"; }
is_partitioned() { [ "$(sql -c "SELECT pg_temp.is_partitioned('$1')")" = t ]; }

[ -n "$(sql -c "SELECT to_regclass('bridgewatch_schema')")" ] ||
    die "this database was not made by bridgewatch migrate"

if [ "$convert" = yes ] && ! is_partitioned aibridge_interceptions; then
    [ -z "$(sql -c "SELECT 1 FROM pg_trigger WHERE tgname LIKE 'bridgewatch\\_%' LIMIT 1")" ] ||
        die "first take the triggers away: bridgewatch migrate --schema=accelerate --drop; afterwards bridgewatch migrate"
    boundary=$(sql -c "SELECT pg_temp.first_month('$from')")
    sql -1 -c "SELECT pg_temp.convert_all('$children', '$boundary')" >/dev/null
    printf 'partitioned: what there was is in *_past, up to %s\n' "$boundary"
fi
is_partitioned aibridge_interceptions || die "the tables are not partitioned; --convert makes them so"

mapfile -t tables < <(sql -c "SELECT name || ' ' || key FROM pg_temp.keys() WHERE pg_temp.is_partitioned(name)")
for entry in "${tables[@]}"; do
    read -r name key <<<"$entry"
    while lower=$(sql -c "SELECT lower FROM pg_temp.end_of_months('$name') AS lower
            WHERE lower <= pg_temp.month(now()) + interval '1 month' * $ahead"); [ -n "$lower" ]; do
        sql -1 -c "SELECT pg_temp.add_month('$name', '$key', '$lower')" >/dev/null
        printf 'made %s%s\n' "$name" "$(sql -c "SELECT to_char('$lower'::timestamptz, '_YYYY_MM')")"
    done
done
[ "$keep" -gt 0 ] || exit 0

cutoff=$(sql -c "SELECT pg_temp.month(now()) - interval '1 month' * $keep")

has_triggers() {
    [ -n "$(sql -c "SELECT 1 FROM pg_trigger WHERE tgrelid = '$1'::regclass AND tgname LIKE 'bridgewatch\\_%' LIMIT 1")" ]
}

# What the triggers have noted goes into sessions and counts; else it would be read with every page.
fold() {
    [ -n "$(sql -c "SELECT to_regclass('bridgewatch_journal_entries')")" ] || return 0
    local round
    for ((round = 0; round < 100; round++)); do
        sql -c 'SELECT count(bridgewatch_fold_in_passing()) FROM generate_series(1, 20)' >/dev/null
        [ "$(sql -c 'SELECT count(*) < 2000 FROM (SELECT FROM bridgewatch_journal_entries LIMIT 2000) AS j')" = f ] || return 0
    done
}

# One pass over the table, some blocks at a time, each a transaction.
delete_rows() { # table, condition
    local block blocks step=1024
    blocks=$(sql -c "SELECT pg_relation_size('$1') / current_setting('block_size')::int")
    for ((block = 0; block <= blocks; block += step)); do
        sql -c "DELETE FROM $1 WHERE ctid >= '($block,0)' AND ctid < '($((block + step)),0)' AND $2"
        ! has_triggers "$1" || fold
    done
}

# CONCURRENTLY may be interrupted, by its time limit too: the next run then finalizes it.
detach() { # parent, partition
    sql -c "ALTER TABLE $1 DETACH PARTITION $2 CONCURRENTLY" || sql -c "ALTER TABLE $1 DETACH PARTITION $2 FINALIZE"
}

dropped=no
for entry in "${tables[@]}"; do
    read -r name key <<<"$entry"
    mapfile -t old < <(sql -c "SELECT partition FROM pg_temp.partitions('$name')
        WHERE upper <= '$cutoff' AND (EXISTS (SELECT FROM ${name}_past)
            OR EXISTS (SELECT FROM pg_temp.partitions('$name') WHERE lower IS NOT NULL AND upper <= '$cutoff'))")
    for partition in "${old[@]}"; do
        dropped=yes
        # No trigger sees the rows that leave with their table: sessions and counts stay exact by deleting them first.
        ! has_triggers "$partition" || delete_rows "$partition" true
        detach "$name" "$partition"
        if [ "$detach_only" = no ]; then
            sql -c "DROP TABLE $partition"
            printf 'dropped %s\n' "$partition"
        else
            sql -c "ALTER TABLE $partition RENAME TO ${partition}_until_$(date -u +%Y%m%d%H%M%S)"
            printf 'detached %s\n' "$partition"
        fi
    done
    [ ${#old[@]} -eq 0 ] || sql -c "SELECT pg_temp.make_past('$name')" >/dev/null
done
[ "$dropped" = yes ] || exit 0
mapfile -t tables < <(sql -c "SELECT name || ' ' || key FROM pg_temp.keys()
    WHERE to_regclass(name) IS NOT NULL AND NOT pg_temp.is_partitioned(name)")
for entry in "${tables[@]}"; do
    read -r name key <<<"$entry"
    delete_rows "$name" "$key < '$cutoff'"
    printf 'deleted old rows of %s\n' "$name"
done
