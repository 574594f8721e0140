#!/usr/bin/env bash
# Chromium, in which the browser tests look at the dashboard.
set -euo pipefail
scripts=$(dirname "$0")/..

present() {
    command -v chromium >/dev/null
}

install() {
    "$scripts/apt-install.sh" chromium
}

"$@"
