#!/usr/bin/env bash
# Rust's standard library for wasm32: from rustup, or where its server cannot be reached from Debian (rustc-web.sh).
# HDF5_ASYNC_WITHOUT_RUSTUP=1 takes the second way at once, so that it can be tried on any machine.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

rustup_seconds=60

present() {
    # shellcheck source=../wasm-environment.sh
    . "$scripts/wasm-environment.sh"
    [ -x "$(command -v "${RUSTC:-rustc}")" ] && wasm32_std_of "${RUSTC:-rustc}"
}

install() {
    if [ -z "${HDF5_ASYNC_WITHOUT_RUSTUP:-}" ] && command -v rustup >/dev/null; then
        timeout "$rustup_seconds" rustup target add wasm32-unknown-unknown && return
        printf 'rustup could not bring wasm32; Debian has it too\n'
    fi
    "$scripts/install.sh" rustc-web
}

"$@"
