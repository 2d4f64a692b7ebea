#!/usr/bin/env bash
# Makes a streaming standby of a primary, for bridgewatch to read from.
set -euo pipefail

usage() {
    cat <<'TEXT'
create-standby.sh --primary CONNINFO --data DIR [options]

Copies the primary into DIR (pg_basebackup) and configures it as a hot standby that streams through a replication slot
of its own. Starts nothing: "pg_ctl -D DIR start", or what your system starts PostgreSQL with. As root it works as user
postgres, who has to be able to write DIR.

  --primary CONNINFO    libpq connection string of a role with REPLICATION; its password belongs in a passfile
  --data DIR            data directory to make; empty or missing
  --slot NAME           replication slot to create on the primary (bridgewatch_standby)
  --max-delay DURATION  max_standby_streaming_delay: how long a read may hold back replay before it is cancelled (30s)
  --feedback on|off     hot_standby_feedback (off): on keeps rows on the primary that reads here still need
  --bin DIR             directory of pg_basebackup (the newest of /usr/lib/postgresql, else PATH)
TEXT
}

die() { printf 'create-standby.sh: %s\n' "$*" >&2; exit 1; }
wrong() { printf 'create-standby.sh: %s\n' "$*" >&2; exit 2; }

primary='' data='' slot=bridgewatch_standby max_delay=30s feedback=off bin=''
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --primary | --data | --slot | --max-delay | --feedback | --bin)
        [ $# -ge 2 ] || wrong "$1 needs a value"
        name=${1#--}
        printf -v "${name//-/_}" '%s' "$2"
        shift 2
        ;;
    *) wrong "unknown option \"$1\"; --help lists them" ;;
    esac
done
[ -n "$primary" ] || wrong "--primary is missing"
[ -n "$data" ] || wrong "--data is missing"
[[ $slot =~ ^[a-z0-9_]+$ ]] || wrong "--slot: lower-case letters, digits and _, got \"$slot\""
[[ $max_delay =~ ^(-1|[0-9]+(ms|s|min|h)?)$ ]] || wrong "--max-delay: expected 30s, 5min or -1, got \"$max_delay\""
[[ $feedback =~ ^(on|off)$ ]] || wrong "--feedback: expected on or off, got \"$feedback\""
if [ -z "$bin" ]; then
    bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
fi
PATH=${bin:+$bin:}$PATH
command -v pg_basebackup >/dev/null || die "pg_basebackup is not installed (postgresql-client)"

# Files of the standby belong to who runs it, and PostgreSQL does not run as root.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- env PATH="$PATH" "$@"; else "$@"; fi
}
ask() { as_postgres psql -XAtq -v ON_ERROR_STOP=1 -d "$primary" -c "$1"; }

if [ -e "$data" ] && [ -n "$(ls -A "$data")" ]; then die "$data is not empty"; fi
[ "$(ask 'SELECT pg_is_in_recovery()')" = f ] || die "--primary is a standby itself"
level=$(ask 'SHOW wal_level')
[ "$level" != minimal ] || die "the primary has wal_level=minimal; set replica and restart it"
[ -z "$(ask "SELECT 1 FROM pg_replication_slots WHERE slot_name = '$slot'")" ] ||
    die "the primary has a slot $slot already; choose another --slot, or drop it: SELECT pg_drop_replication_slot('$slot')"

as_postgres pg_basebackup -d "$primary" -D "$data" --wal-method=stream --checkpoint=fast --write-recovery-conf \
    --create-slot --slot="$slot"
# pg_basebackup notes every option that its libpq has a value for; at one that is not its own an older server's does not
# connect. "The Parameter Key Words" of each version's libpq chapter.
version=$(ask 'SHOW server_version_num')
later=''
[ "$version" -ge 140000 ] || later+='|sslsni'
[ "$version" -ge 160000 ] || later+='|sslcertmode|gssdelegation|load_balance_hosts|require_auth'
[ "$version" -ge 170000 ] || later+='|sslnegotiation'
[ "$version" -ge 180000 ] || later+='|min_protocol_version|max_protocol_version'
[ -z "$later" ] || as_postgres sed -Ei "/^primary_conninfo/s/ (${later#|})=[^ ']*//g" "$data/postgresql.auto.conf"
# Behind what --write-recovery-conf wrote there: of two lines for one setting PostgreSQL takes the last.
as_postgres tee -a "$data/postgresql.auto.conf" >/dev/null <<CONF
hot_standby = 'on'
hot_standby_feedback = '$feedback'
max_standby_streaming_delay = '$max_delay'
CONF
printf 'standby in %s, slot %s on the primary; start it with: pg_ctl -D %q start\n' "$data" "$slot" "$data"
