# shellcheck shell=bash
# How cargo compiles for wasm32 here: into a folder of its own, and with Debian's compiler if rustup's has no wasm32.
# To be sourced after environment.sh, by the wasm half only: the server keeps the compiler that the user chose.

export CARGO_TARGET_DIR=$HDF5_ASYNC_ROOT/target/web

# Panic messages hold source paths; a reader of the wasm learns nothing about the machine that built it.
flags=("--remap-path-prefix=$HDF5_ASYNC_ROOT=hdf5-async" "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo")
# Leptos then shares the code of views instead of compiling it for each; a tenth less to load.
flags+=("--cfg=erase_components")
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\037' && printf '%s' "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS

wasm32_std_of() {
    compgen -G "$("$1" --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null
}

RUSTC_WEB=${RUSTC_WEB:-$TOOLS/rustc-web}
if [ -n "${HDF5_ASYNC_WITHOUT_RUSTUP:-}" ] || ! wasm32_std_of rustc; then
    export RUSTC=$RUSTC_WEB/bin/rustc
fi
