#!/usr/bin/env bash
# Writes pgbouncer.ini and userlist.txt for bridgewatch behind PgBouncer in transaction mode.
set -euo pipefail

usage() {
    cat <<'TEXT'
configure.sh --directory DIR --host HOST --dbname NAME --user USER --password-file FILE [options]

Writes DIR/pgbouncer.ini and DIR/userlist.txt (mode 0600). Starts nothing.

  --directory DIR       where the files go; must exist
  --host HOST           of PostgreSQL: a name, an address, or the directory of its unix socket
  --port PORT           of PostgreSQL (5432)
  --dbname NAME         the database
  --name NAME           what clients call it (as --dbname): letters, digits, _ . -
  --user USER           bridgewatch's role
  --password-file FILE  its password, one line
  --sslmode MODE        to PostgreSQL: disable, allow, prefer, require, verify-ca, verify-full (prefer)
  --listen-addr ADDR    of PgBouncer (127.0.0.1); '' for its unix socket only
  --listen-port PORT    of PgBouncer (6432)
  --socket-dir DIR      of its unix socket (the directory of --directory)
  --pool-size N         connections to PostgreSQL (16)
  --max-clients N       connections from all instances of bridgewatch (1000)
  --owner USER          who runs PgBouncer and shall own the files (needs root)
TEXT
}

die() { printf 'configure.sh: %s\n' "$*" >&2; exit 1; }
wrong() { printf 'configure.sh: %s\n' "$*" >&2; exit 2; }

directory='' host='' port=5432 dbname='' alias='' user='' password_file='' sslmode=prefer owner=''
listen_addr=127.0.0.1 listen_port=6432 socket_dir='' pool_size=16 max_clients=1000
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --name)
        [ $# -ge 2 ] || wrong "$1 needs a value"
        alias=$2
        shift 2
        ;;
    --directory | --host | --port | --dbname | --user | --password-file | --sslmode | --listen-addr | --listen-port | \
        --socket-dir | --pool-size | --max-clients | --owner)
        [ $# -ge 2 ] || wrong "$1 needs a value"
        name=${1#--}
        printf -v "${name//-/_}" '%s' "$2"
        shift 2
        ;;
    *) wrong "unknown option \"$1\"; --help lists them" ;;
    esac
done
for name in directory host dbname user password_file; do
    [ -n "${!name}" ] || wrong "--${name//_/-} is missing"
done
for name in port listen_port pool_size max_clients; do
    [[ ${!name} =~ ^[0-9]+$ ]] || wrong "--${name//_/-}: expected a number, got \"${!name}\""
done
alias=${alias:-$dbname}
[[ $alias =~ ^[A-Za-z0-9_.-]+$ ]] || wrong "--name: PgBouncer does not take \"$alias\""
[ -d "$directory" ] || die "$directory is no directory"
[ -r "$password_file" ] || die "cannot read $password_file"
directory=$(cd "$directory" && pwd)
socket_dir=${socket_dir:-$directory}

ini_quoted() { printf "'%s'" "${1//\'/\'\'}"; }  # a value in a connection string of pgbouncer.ini
list_quoted() { printf '"%s"' "${1//\"/\"\"}"; } # a field of userlist.txt

server="host=$(ini_quoted "$host") port=$port dbname=$(ini_quoted "$dbname")"
declare -A value=(
    [NAME]=$alias [SERVER]=$server [LISTEN_ADDR]=$listen_addr [LISTEN_PORT]=$listen_port
    [SOCKET_DIR]=$socket_dir [DIRECTORY]=$directory [SSLMODE]=$sslmode [POOL_SIZE]=$pool_size [MAX_CLIENTS]=$max_clients
)
text=$(<"$(dirname "$0")/pgbouncer.ini")
for name in "${!value[@]}"; do
    text=${text//"@$name@"/"${value[$name]}"}
done

IFS= read -r password <"$password_file" || [ -n "$password" ] || die "$password_file is empty"
umask 077
printf '%s\n' "$text" >"$directory/pgbouncer.ini"
printf '%s %s\n' "$(list_quoted "$user")" "$(list_quoted "$password")" >"$directory/userlist.txt"
[ -z "$owner" ] || chown "$owner" "$directory/pgbouncer.ini" "$directory/userlist.txt"
printf 'written: %s/pgbouncer.ini\n' "$directory"
