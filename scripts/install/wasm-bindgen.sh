#!/usr/bin/env bash
# wasm-bindgen's command line, in exactly the version of the crate: trunk would download another one.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

present() {
    [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $WASM_BINDGEN_VERSION" ]
}

# Not --locked: the published lock file names a crate version that is no longer to be had.
install() {
    "$scripts/cargo-install.sh" "wasm-bindgen-cli@$WASM_BINDGEN_VERSION" --no-default-features --bin wasm-bindgen
}

"$@"
