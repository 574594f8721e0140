#!/usr/bin/env bash
# The Rust compiler, which is yours to install: this script only says so if it is missing or too old.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

minimum=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$HDF5_ASYNC_ROOT/Cargo.toml")

present() {
    local found
    found=$(rustc --version 2>/dev/null | cut -d' ' -f2) || true
    command -v cargo >/dev/null && "$scripts/version-at-least.sh" "$minimum" "$found"
}

install() {
    printf 'Rust %s or newer is needed; rustup installs it: https://rustup.rs\n' "$minimum" >&2
    exit 1
}

"$@"
