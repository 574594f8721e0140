#!/usr/bin/env bash
# `cargo install` into the tools folder, with cheap optimization: trunk's own profile takes three times as long.
set -euo pipefail
# shellcheck source=environment.sh
. "$(dirname "$0")/environment.sh"

export CARGO_PROFILE_RELEASE_LTO=off
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export CARGO_PROFILE_RELEASE_OPT_LEVEL=1
# A target folder of its own, whatever the caller builds into.
env -u CARGO_TARGET_DIR -u RUSTFLAGS -u RUSTC cargo install --quiet --root "$TOOLS/cargo" "$@"
