#!/bin/sh
# Puts a real Apptainer into a directory of its own: apptainer.sh DIRECTORY
# Debian 12 has no package of it, Debian unstable has; it is unpacked together with the libraries that it was built with.
# Does nothing when it is there already; several callers at once wait for the first.
set -eu

fail() {
    echo "apptainer.sh: $1" >&2
    exit 1
}

[ $# -eq 1 ] || fail "usage: apptainer.sh DIRECTORY"
directory=$1
for program in flock apt-get dpkg-deb patchelf mksquashfs; do
    command -v "$program" >/dev/null || fail "$program is missing: on Debian, apt-get install patchelf squashfs-tools"
done
arch=$(dpkg --print-architecture)

mkdir -p "$(dirname "$directory")"
exec 9>"$directory.lock"
flock 9
[ ! -e "$directory/complete" ] || exit 0
rm -rf "$directory"
mkdir -p "$directory/apt/lists/partial" "$directory/apt/cache/archives/partial" "$directory/debs"
cd "$directory/debs"

# Where this computer has its own packages from.
# shellcheck disable=SC2016 # apt's own names
from=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | grep -v security | head -n 1)
[ -n "$from" ] || fail "this computer knows no source of Debian's packages"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keys] $from sid main" >"$directory/apt/sources.list"
apt() {
    apt-get -q -o Dir::Etc::sourcelist="$directory/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$directory/apt/lists" -o Dir::Cache="$directory/apt/cache" -o APT::Sandbox::User=root "$@" >&2
}
apt update
apt download apptainer/sid libc6/sid libseccomp2/sid libsqlite3-0/sid
for package in *.deb; do
    case $package in
    apptainer_*) dpkg-deb --extract "$package" "$directory/root" ;;
    *) dpkg-deb --extract "$package" "$directory/libraries" ;;
    esac
done
libraries=$(dirname "$(find "$directory/libraries" -name libc.so.6)")
loader=$(find "$libraries" "$directory/libraries" -name 'ld-linux-*.so.*' | head -n 1)
starter=$(find "$directory/root" -path '*/apptainer/bin/starter')
for program in "$directory/root/usr/bin/apptainer" "$starter"; do
    patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$program"
done
# Moved, it looks for its files below the prefix and below the directory of its libraries.
ln -s ../etc "$directory/root/usr/etc"
ln -s ../../etc "$directory/root/usr/lib/etc"
mkdir -p "$directory/root/usr/lib/var/lib/apptainer/mnt/session"
"$directory/root/usr/bin/apptainer" --version >&2 || fail "it does not start on $arch"
rm -rf "$directory/apt" "$directory/debs"
: >"$directory/complete"
