#!/usr/bin/env bash
# Makes the root file system of the container image: a program, the shared libraries that it needs, and nothing else that runs.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-root.sh PROGRAM ROOT
Makes ROOT, a folder that must not exist yet: PROGRAM as /usr/bin/bridgewatch, the shared libraries that it needs as Debian's packages
installed them here, certificate authorities, and the account 65532. No shell, no other program.
TEXT
}
die() { printf 'make-root.sh: %s\n' "$2" >&2; exit "$1"; }

case "${1:-}" in --help | -h) usage; exit 0 ;; esac
[ $# -eq 2 ] || { usage >&2; exit 2; }
program=$1 root=$2
if [ ! -f "$program" ] || [ ! -x "$program" ]; then die 2 "PROGRAM: \"$program\" is no program"; fi
[ ! -e "$root" ] || die 2 "ROOT: \"$root\" is there already"
authorities=/etc/ssl/certs/ca-certificates.crt
[ -s "$authorities" ] || die 1 "the package ca-certificates is missing"

# What the loader would load, one absolute path a line; the loader itself included.
libraries() {
    local listed
    listed=$(ldd "$1") || die 1 "\"$1\" is not linked dynamically"
    case $listed in *'not found'*) die 1 "a library is missing: $(grep 'not found' <<< "$listed" | head -n 1 | xargs)" ;; esac
    grep -oE '/[^ ]+' <<< "$listed" | sort -u
}

# The package of a file. Packages may know it as /lib/… where it is /usr/lib/… by now.
package_of() {
    local found
    found=$(dpkg-query --search "$1" "${1#/usr}" 2>/dev/null | head -n 1) || true
    [ -n "$found" ] || die 1 "\"$1\" comes from no package"
    printf '%s\n' "${found%%: *}"
}

# Its licence, and what scanners for known faults read instead of dpkg's own list.
tell_package() {
    local name=${1%%:*}
    install -D -m 0644 "/usr/share/doc/$name/copyright" "$root/usr/share/doc/$name/copyright"
    install -d "$root/var/lib/dpkg/status.d"
    dpkg-query --status "$1" | sed '/^Conffiles:/,/^[^ ]/{/^Conffiles:/d;/^ /d}' > "$root/var/lib/dpkg/status.d/$name"
}

# Folders are readable for all, whatever the umask.
umask 0022
install -d "$root"/{dev,etc/ssl/certs,etc/bridgewatch,proc,run,sys,usr/bin,usr/lib/ssl,usr/lib64}
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"

install -m 0755 "$program" "$root/usr/bin/bridgewatch"
mapfile -t needed < <(libraries "$program")
[ ${#needed[@]} -gt 0 ] || die 1 "\"$program\" needs no library; that cannot be"
packages=$'ca-certificates\nbase-files\n'
for library in "${needed[@]}"; do
    file=$(readlink -f "$library")
    install -D -m 0755 "$file" "$root$library"
    packages+=$(package_of "$file")$'\n'
done
while read -r package; do
    [ -z "$package" ] || tell_package "$package"
done < <(sort -u <<< "$packages")

install -m 0644 "$authorities" "$root$authorities"
# Where OpenSSL looks unless it is told otherwise.
ln -s "$authorities" "$root/usr/lib/ssl/cert.pem"
ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
install -m 0644 /usr/lib/os-release "$root/usr/lib/os-release"
ln -s ../usr/lib/os-release "$root/etc/os-release"
echo 'bridgewatch:x:65532:65532:bridgewatch:/nonexistent:/usr/sbin/nologin' > "$root/etc/passwd"
echo 'bridgewatch:x:65532:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
