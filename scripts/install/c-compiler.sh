#!/usr/bin/env bash
# A C compiler and make, with which the bundled HDF5 library is compiled and everything is linked.
set -euo pipefail
scripts=$(dirname "$0")/..

present() {
    command -v cc >/dev/null && command -v c++ >/dev/null && command -v make >/dev/null
}

install() {
    "$scripts/apt-install.sh" build-essential
}

"$@"
