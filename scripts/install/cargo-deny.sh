#!/usr/bin/env bash
# cargo-deny, which checks the licenses and the origin of every dependency against deny.toml.
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

present() {
    [ "$(cargo-deny --version 2>/dev/null)" = "cargo-deny $CARGO_DENY_VERSION" ]
}

install() {
    "$scripts/cargo-install.sh" --locked "cargo-deny@$CARGO_DENY_VERSION"
}

"$@"
