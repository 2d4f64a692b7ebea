#!/usr/bin/env bash
# Makes the secrets that compose.yaml reads, with random passwords.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-secrets.sh [FOLDER]
Makes FOLDER (default: secrets, beside this script), which must not exist yet: passwords would change that the database knows.
TEXT
}

case "${1:-}" in
--help | -h)
    usage
    exit 0
    ;;
-*)
    usage >&2
    exit 2
    ;;
esac
folder=${1:-$(dirname "$0")/secrets}
if [ -e "$folder" ]; then
    printf 'make-secrets.sh: "%s" is there already\n' "$folder" >&2
    exit 1
fi

password() { head -c 24 /dev/urandom | od -An -v -t x1 | tr -d ' \n'; }
owner=$(password)
reader=$(password)

# Nobody else enters the folder. In a container each file is mounted by itself, and has to be readable for its account.
umask 0077
mkdir -p "$folder"
umask 0022
printf '%s' "$owner" > "$folder/owner_password"
printf 'postgresql://bridgewatch_owner:%s@postgres/bridgewatch\n' "$owner" > "$folder/owner_database_url"
printf '[owner]\nhost=postgres\ndbname=bridgewatch\nuser=bridgewatch_owner\npassword=%s\n' "$owner" > "$folder/owner_service"
printf '%s' "$reader" > "$folder/reader_password"
printf 'postgresql://bridgewatch_reader:%s@postgres/bridgewatch\n' "$reader" > "$folder/database_url"
password > "$folder/grafana_password"
