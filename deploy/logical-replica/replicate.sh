#!/usr/bin/env bash
# Feeds a database of bridgewatch's own from Coder's, by PostgreSQL's logical replication.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat <<'TEXT'
replicate.sh --publisher CONNINFO --subscriber CONNINFO [options]

Compares the tables of both databases, publishes what bridgewatch reads, adds to the replica what it lacks for that
(labels of enums, unknown columns), and subscribes. Again after either side has changed its schema: it brings
publications and subscription up to date. It refuses, with one line for each fault, what would stop replication or open a
door.

  --publisher CONNINFO   Coder's database: a role that owns the tables and may create publications. wal_level=logical
  --subscriber CONNINFO  the replica, made by "bridgewatch migrate --schema=full": a superuser
  --connection CONNINFO  how the replica's server reaches the publisher (as --publisher): a role with REPLICATION and
                         SELECT. It is stored in the replica, so name a passfile= in it and no password
  --name NAME            of publications, subscription and slot (bridgewatch)
  --deletes on|off       off: what Coder's retention deletes is kept, for a replica with partitions (on)
  --whole-tables         publish all of users and api_keys, password hashes included: a publisher before PostgreSQL 15
                         cannot do otherwise, and is refused without this
  --wait SECONDS         wait until the tables are copied, then analyze them (0)
  --dry-run              print what would be done on each side
  --remove               drop subscription, slot and publications
TEXT
}

die() { printf 'replicate.sh: %s\n' "$*" >&2; exit 1; }
wrong() { printf 'replicate.sh: %s\n' "$*" >&2; exit 2; }

publisher='' subscriber='' connection='' name=bridgewatch deletes=on wait=0 whole=off mode=run
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --publisher | --subscriber | --connection | --name | --deletes | --wait)
        [ $# -ge 2 ] || wrong "$1 needs a value"
        printf -v "${1#--}" '%s' "$2"
        shift 2
        ;;
    --whole-tables) whole=on; shift ;;
    --dry-run) mode=show; shift ;;
    --remove) mode=remove; shift ;;
    *) wrong "unknown option \"$1\"; --help lists them" ;;
    esac
done
[ -n "$publisher" ] || wrong "--publisher is missing"
[ -n "$subscriber" ] || wrong "--subscriber is missing"
[[ $name =~ ^[a-z_][a-z0-9_]{0,40}$ ]] || wrong "--name: lower-case letters, digits and _, got \"$name\""
[[ $deletes =~ ^(on|off)$ ]] || wrong "--deletes: expected on or off, got \"$deletes\""
[[ $wait =~ ^[0-9]+$ ]] || wrong "--wait: expected seconds, got \"$wait\""
connection=${connection:-$publisher}

export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
sql=(psql -XAtq -v ON_ERROR_STOP=1)
at_publisher() { "${sql[@]}" -d "$publisher" "$@"; }
at_subscriber() { "${sql[@]}" -d "$subscriber" "$@"; }
subscribed() { at_subscriber -c "SELECT 1 FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid
    WHERE d.datname = current_database() AND s.subname = '$name'"; }

if [ "$mode" = remove ]; then
    [ -z "$(subscribed)" ] || at_subscriber -c "DROP SUBSCRIPTION $name"
    at_publisher -c "DROP PUBLICATION IF EXISTS $name, ${name}_kept, ${name}_inserts"
    exit 0
fi

version=$(at_publisher -c 'SHOW server_version_num')
[ "$(at_publisher -c 'SHOW wal_level')" = logical ] ||
    die "the publisher has wal_level=$(at_publisher -c 'SHOW wal_level'): it has to be logical, which takes a restart"
existing=$(at_publisher -c "SELECT string_agg(pubname, ',') FROM pg_publication
    WHERE pubname IN ('$name', '${name}_kept', '${name}_inserts')")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
catalogue=$(<"$here/catalogue.sql")
at_publisher -c "COPY ($catalogue) TO STDOUT" >"$work/theirs"
at_subscriber -F $'\t' -v name="$name" -v deletes="$deletes" -v whole="$whole" \
    -v publisher_version="$version" -v existing="$existing" -v catalogue="$catalogue" >"$work/plan" <<SQL
CREATE TEMP TABLE ours AS :catalogue;
CREATE TEMP TABLE theirs (LIKE ours);
\copy theirs FROM '$work/theirs'
\i $here/plan.sql
SQL
lines() { sed -n "s/^$1\t//p" "$work/plan"; }

lines note | sed 's/^/note: /'
if [ -n "$(lines fault)" ]; then
    lines fault | sed 's/^/replicate.sh: /' >&2
    exit 1
fi
publications=$(lines publications)
if [ "$mode" = show ]; then
    lines subscriber | sed 's/$/;/; s/^/subscriber: /'
    lines publisher | sed 's/$/;/; s/^/publisher: /'
    printf 'subscriber: subscribe to %s\n' "$publications"
    exit 0
fi

# Labels first: what a publication brings has to have somewhere to go.
lines subscriber | while IFS= read -r statement; do at_subscriber -c "$statement"; done
at_publisher -1 < <(lines publisher | sed 's/$/;/')
if [ -z "$(subscribed)" ]; then
    at_subscriber -v connection="$connection" <<SQL
CREATE SUBSCRIPTION $name CONNECTION :'connection' PUBLICATION $publications;
SQL
else
    at_subscriber -c "ALTER SUBSCRIPTION $name SET PUBLICATION $publications"
fi

copied() { at_subscriber -c "SELECT count(*) FILTER (WHERE srsubstate <> 'r') = 0 FROM pg_subscription_rel AS r
    JOIN pg_subscription AS s ON s.oid = r.srsubid WHERE s.subname = '$name'"; }
if [ "$wait" -gt 0 ]; then
    until [ "$(copied)" = t ]; do
        [ "$SECONDS" -lt "$wait" ] || die "the tables are not copied after $wait s; the replica's log says what is wrong"
        sleep 0.2
    done
    at_subscriber -c 'ANALYZE'
fi
printf 'subscribed to %s\n' "$publications"
