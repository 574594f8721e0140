#!/usr/bin/env bash
# The program shellcheck, which reads these scripts.
set -euo pipefail
scripts=$(dirname "$0")/..

present() {
    command -v shellcheck >/dev/null
}

install() {
    "$scripts/apt-install.sh" shellcheck
}

"$@"
