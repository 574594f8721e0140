#!/usr/bin/env bash
# Clippy over the dashboard as it is built, for wasm32. Debian's compiler brings no clippy; with it, as a host crate.
set -euo pipefail
scripts=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=../environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

target=()
# shellcheck source=../wasm-environment.sh
. "$scripts/wasm-environment.sh"
if [ -n "${RUSTC:-}" ]; then
    unset RUSTC
else
    target=(--target wasm32-unknown-unknown)
fi
cargo clippy --profile web --locked --package hdf5-async-dashboard "${target[@]}" -- --deny warnings
