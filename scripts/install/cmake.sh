#!/usr/bin/env bash
# CMake, with which the bundled HDF5 library is compiled; Debian 12's is too old, so it comes from PyPI.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

present() {
    local found
    found=$(cmake --version 2>/dev/null | sed -n 's/^cmake version \([0-9.]*\).*/\1/p') || true
    "$scripts/version-at-least.sh" "$CMAKE_MINIMUM" "$found"
}

install() {
    "$scripts/install.sh" venv
    "$VENV/bin/pip" install --quiet "$(grep '^cmake==' "$scripts/requirements.txt")"
}

"$@"
