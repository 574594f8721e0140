#!/usr/bin/env bash
# trunk, which turns index.html and the crate web/ into the dashboard's files.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

present() {
    [ "$(trunk --version 2>/dev/null)" = "trunk $TRUNK_VERSION" ]
}

# Without its default features trunk has no TLS and therefore downloads nothing.
install() {
    "$scripts/cargo-install.sh" --locked "trunk@$TRUNK_VERSION" --no-default-features
}

"$@"
