#!/usr/bin/env bash
# wasm-opt, which makes the dashboard's wasm smaller; trunk takes it from the path.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

present() {
    [[ $(wasm-opt --version 2>/dev/null) == "wasm-opt version ${BINARYEN_VERSION%%.*} "* ]]
}

install() {
    "$scripts/install.sh" node
    mkdir -p "$TOOLS/npm"
    npm install --silent --prefix "$TOOLS/npm" "binaryen@$BINARYEN_VERSION"
}

"$@"
