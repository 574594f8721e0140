#!/usr/bin/env bash
# The Python packages of requirements.txt: h5py as the second opinion on every file, and the checks of python/.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

# A copy of the list is left in the environment once it is installed.
installed=$VENV/hdf5-async-requirements.txt

present() {
    cmp -s "$scripts/requirements.txt" "$installed"
}

install() {
    "$scripts/install.sh" venv
    "$VENV/bin/pip" install --quiet --requirement "$scripts/requirements.txt"
    cp "$scripts/requirements.txt" "$installed"
}

"$@"
