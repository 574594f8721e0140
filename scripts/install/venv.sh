#!/usr/bin/env bash
# The Python environment that holds cmake and the packages of the tests.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

present() {
    "$VENV/bin/python" -c 'import pip' 2>/dev/null
}

# Debian splits the module venv off Python.
python_with_venv() {
    python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < tuple(map(int, sys.argv[1].split("."))))' \
        "$PYTHON_MINIMUM" 2>/dev/null
}

install() {
    python_with_venv || "$scripts/apt-install.sh" python3 python3-venv
    python_with_venv || {
        printf 'Python %s or newer is needed, with its module venv.\n' "$PYTHON_MINIMUM" >&2
        exit 1
    }
    python3 -m venv --clear "$VENV"
}

"$@"
