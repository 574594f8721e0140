#!/usr/bin/env bash
# Node with npm: it runs wasm-opt, compresses the dashboard and drives the browser in the tests.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

present() {
    local found
    found=$(node --version 2>/dev/null) || true
    command -v npm >/dev/null && "$scripts/version-at-least.sh" "$NODE_MINIMUM" "${found#v}"
}

install() {
    "$scripts/apt-install.sh" nodejs npm
}

"$@"
