#!/usr/bin/env bash
# playwright-core, which drives Chromium in the browser tests and brings no browser of its own.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

present() {
    grep -qF "\"version\": \"$PLAYWRIGHT_VERSION\"" "$TOOLS/npm/node_modules/playwright-core/package.json" 2>/dev/null
}

install() {
    "$scripts/install.sh" node
    mkdir -p "$TOOLS/npm"
    npm install --silent --prefix "$TOOLS/npm" "playwright-core@$PLAYWRIGHT_VERSION"
}

"$@"
