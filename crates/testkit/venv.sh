#!/bin/sh
# Makes a Python environment with pinned packages: venv.sh REQUIREMENTS_FILE VENV_DIR
# Does nothing when it is there already for these requirements; several callers at once wait for the first.
set -eu

fail() {
    echo "venv.sh: $1" >&2
    exit 1
}

[ $# -eq 2 ] || fail "usage: venv.sh REQUIREMENTS_FILE VENV_DIR"
requirements=$1
venv=$2

command -v python3 >/dev/null || fail "python3 is missing: on Debian, apt-get install python3 python3-venv"
command -v flock >/dev/null || fail "flock is missing: on Debian, apt-get install util-linux"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "python3 is older than 3.10: install a newer one"

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
flock 9
# The stamp is written last, so an environment that was cut short is made anew.
if cmp -s "$requirements" "$venv/made-from"; then
    exit 0
fi
rm -rf "$venv"
python3 -m venv "$venv" || fail "python3 cannot make environments: on Debian, apt-get install python3-venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" ||
    fail "the packages could not be installed: is the package index reachable?"
cp "$requirements" "$venv/made-from"
