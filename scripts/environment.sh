# shellcheck shell=bash
# Where the tools of this repository live and which versions they have; every script reads this file first.
# It may also be sourced into a shell, so that a plain `cargo build` finds cmake: `. scripts/environment.sh`.

HDF5_ASYNC_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Outside the work tree, so that every clone uses the same tools.
HDF5_ASYNC_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/hdf5-async
TOOLS=$HDF5_ASYNC_CACHE/tools
VENV=$HDF5_ASYNC_CACHE/venv

set -a
# shellcheck source=versions.env
. "$HDF5_ASYNC_ROOT/scripts/versions.env"
set +a
WASM_BINDGEN_VERSION=$(awk -F'"' '/^name = "wasm-bindgen"$/ { getline; print $2 }' "$HDF5_ASYNC_ROOT/Cargo.lock")

case :$PATH: in
    *":$TOOLS/cargo/bin:"*) ;;
    *) PATH=$VENV/bin:$TOOLS/cargo/bin:$TOOLS/npm/node_modules/.bin:$PATH ;;
esac

export HDF5_ASYNC_ROOT HDF5_ASYNC_CACHE TOOLS VENV WASM_BINDGEN_VERSION PATH
