#!/usr/bin/env bash
# Builds deploy/container/Containerfile without a registry, from the last commit: the base is a Debian that mmdebstrap makes from packages. Needs root,
# buildah, mmdebstrap and some minutes. Writes what the image says of itself to stdout, as JSON.
# usage: build-image.sh FOLDER (for all that is made; the image can be looked at there until it is removed)
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
cd "$1"

buildah() { command buildah --root "$PWD/storage" --runroot "$PWD/run" --storage-driver vfs "$@"; }
export BUILDAH_ISOLATION=chroot

{
    mmdebstrap --variant=minbase --include=ca-certificates bookworm base.tar
    base=$(buildah from scratch)
    buildah add "$base" base.tar /
    buildah commit --rm "$base" localhost/debian:12
    git clone --quiet "$repository" source
    buildah build --network host --build-arg DEBIAN=localhost/debian:12 --build-arg REVISION="$(git -C source rev-parse HEAD)" \
        -f source/deploy/container/Containerfile -t localhost/bridgewatch:test source
    image=$(buildah from localhost/bridgewatch:test)
    bwrap --unshare-user --uid 65532 --gid 65532 --cap-drop ALL --ro-bind "$(buildah mount "$image")" / --proc /proc /usr/bin/bridgewatch --version
} >&2
buildah inspect --type image localhost/bridgewatch:test
