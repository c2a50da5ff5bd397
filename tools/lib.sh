# shellcheck shell=bash
# What the scripts of this folder share. Source it; it goes to the repository's root and fails on the first error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

is_debian_root() { [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && [ -n "$(type -P apt-get)" ]; }

required_rust() { sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml; }

# is_at_least VERSION MINIMUM
is_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# The version of the Rust in folder $1 (of the one on PATH without an argument), or nothing.
rust_version() {
    local folder=${1:+$1/}
    [ -n "$(type -P "${folder}cargo")" ] && "${folder}rustc" --version 2>/dev/null | cut -d ' ' -f 2
}

rustup_program() { type -P rustup || type -P "$HOME/.cargo/bin/rustup"; }

# Puts a recent enough Rust on PATH: the one already there, else rustup's stable one, else the system's.
find_rust() {
    local required version folder rustup
    required=$(required_rust)
    local folders=("")
    if rustup=$(rustup_program); then
        folders+=("$(dirname "$("$rustup" which --toolchain stable cargo 2>/dev/null || echo /none/cargo)")")
    fi
    folders+=(/usr/bin)
    for folder in "${folders[@]}"; do
        version=$(rust_version "$folder") || continue
        if is_at_least "${version%%-*}" "$required"; then
            [ -z "$folder" ] || export PATH="$folder:$PATH"
            return 0
        fi
    done
    return 1
}

need_rust() { find_rust || die "Rust $(required_rust) or later is needed: see https://rustup.rs"; }

# What Vite asks for.
required_node=20.19
# Where tools/prepare puts Node when there is none that will do: nothing else sees it.
private_node=${XDG_CACHE_HOME:-$HOME/.cache}/roadstead/node

# Puts a recent enough Node and its npm on PATH: the one already there, else the private one.
find_node() {
    local folder version
    for folder in "" "$private_node/bin/"; do
        [ -n "$(type -P "${folder}npm")" ] || continue
        version=$("${folder}node" --version 2>/dev/null) || continue
        if is_at_least "${version#v}" "$required_node"; then
            [ -z "$folder" ] || export PATH="$private_node/bin:$PATH"
            return 0
        fi
    done
    return 1
}

need_node() { find_node || die "Node $required_node or later is needed, with npm: run tools/prepare build, or see https://nodejs.org"; }

has_nextest() { [ -n "$(type -P cargo-nextest)" ]; }

target_directory() {
    cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# The counters read a test runner's output and print "PASSED FAILED".

count_nextest() {
    sed -n 's/([^)]*)//g; s/,//g; s/.*Summary \[[^]]*\]//p' | tail -n 1 | awk '
        { for (i = 2; i <= NF; i++) {
              if ($i == "passed") passed += $(i - 1)
              if ($i == "failed") failed += ($(i - 1) == "exec" ? $(i - 2) : $(i - 1))
              if ($i == "timed") failed += $(i - 1) } }
        END { print passed + 0, failed + 0 }'
}

count_cargo_test() {
    awk '/^test result: / { passed += $4; failed += $6 } END { print passed + 0, failed + 0 }'
}

count_unittest() {
    sed 's/expected failures/xfailures/; s/unexpected successes/failures/' | tr '(),' '   ' | awk '
        /^Ran [0-9]+ tests? in / { ran += $2 }
        /^(OK|FAILED)( |$)/ { for (i = 2; i <= NF; i++) { split($i, part, "=")
              if (part[1] == "failures" || part[1] == "errors") failed += part[2]
              if (part[1] == "skipped" || part[1] == "xfailures") other += part[2] } }
        END { print ran - failed - other, failed + 0 }'
}

# Test programs in shell print a line "ok NAME" or "not ok NAME" for each test.
count_tap() {
    awk '/^ok / { passed++ } /^not ok / { failed++ } END { print passed + 0, failed + 0 }'
}

# Node's own test runner ends with "ℹ pass 3" (or "# pass 3"), "ℹ fail 0" and "ℹ cancelled 0".
count_node() {
    awk '$2 == "pass" && NF == 3 { passed = $3 }
         ($2 == "fail" || $2 == "cancelled") && NF == 3 { failed += $3 }
         END { print passed + 0, failed + 0 }'
}
