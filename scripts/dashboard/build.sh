#!/usr/bin/env bash
# Compiles the dashboard, compresses its files and puts them into dist/, all at once and only if all went well.
set -euo pipefail
scripts=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=../environment.sh
. "$scripts/environment.sh"
# shellcheck source=../wasm-environment.sh
. "$scripts/wasm-environment.sh"
cd "$HDF5_ASYNC_ROOT"

fresh=$CARGO_TARGET_DIR/dist

# Trunk itself works offline, so that it downloads no tools behind our back.
cargo fetch --quiet --locked
trunk build --release --dist "$fresh"
node "$scripts/dashboard/compress.mjs" "$fresh"

rm -rf dist
mv "$fresh" dist
