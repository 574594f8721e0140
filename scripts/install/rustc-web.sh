#!/usr/bin/env bash
# A second Rust compiler that knows wasm32, out of Debian's packages: unpacked into a folder, nothing is installed.
# Debian ships the wasm32 library as source only, so it is compiled here, once (about two minutes, 600 MB).
set -euo pipefail
scripts=$(dirname "$0")/..
# shellcheck source=../environment.sh
. "$scripts/environment.sh"

sysroot=${RUSTC_WEB:-$TOOLS/rustc-web}
unpacked=$sysroot.unpacked
machine=$(uname -m)
host=$machine-unknown-linux-gnu

present() {
    compgen -G "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null
}

install() {
    rm -rf "$sysroot" "$unpacked"
    unpack_packages
    arrange_sysroot
    bring_shared_libraries
    compile_std
    rm -rf "$unpacked"
}

candidate() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([^(].*\)/\1/p'
}

unpack_packages() {
    local version minor llvm
    version=$(candidate rust-web-src)
    if [ -z "$version" ]; then
        "$scripts/apt-install.sh"
        version=$(candidate rust-web-src)
    fi
    if [ -z "$version" ]; then
        printf 'Neither rustup nor the package rust-web-src of Debian offers wasm32.\n' >&2
        exit 1
    fi
    minor=$(cut -d. -f1,2 <<<"$version")
    llvm=$(apt-cache depends "libstd-rust-web-$minor" | sed -n 's/.*Depends: libllvm\([0-9]*\)$/\1/p' | head -n 1)

    mkdir -p "$unpacked/packages"
    (
        cd "$unpacked/packages"
        apt-get download -qq "rust-web-src=$version" "rustc-web=$version" "libstd-rust-web-$minor=$version" \
            "libstd-rust-web-dev=$version" "libllvm$llvm" "lld-$llvm"
        for package in *.deb; do
            dpkg-deb --extract "$package" "$unpacked"
        done
    )
}

# The layout that rustc looks for its parts in: bin, lib, lib/rustlib.
arrange_sysroot() {
    local usr=$unpacked/usr
    mkdir -p "$sysroot/bin" "$sysroot/lib" "$sysroot/compiler"
    mv "$usr/lib/$machine-linux-gnu"/librustc_driver-*.so "$usr/lib/$machine-linux-gnu"/libLLVM*.so* "$sysroot/lib/"
    # Debian's compiler finds its own source through a link there, which would lead to nowhere.
    rm -rf "$usr/lib/rustlib/src"
    mv "$usr/lib/rustlib" "$sysroot/lib/rustlib"
    mkdir -p "$sysroot/lib/rustlib/$host/bin"
    mv "$usr"/lib/llvm-*/bin/lld "$sysroot/lib/rustlib/$host/bin/rust-lld"
    mv "$usr/bin/rustc" "$sysroot/compiler/rustc"
    # A wrapper rather than a changed binary: the shared libraries lie beside it.
    cat >"$sysroot/bin/rustc" <<'WRAPPER'
#!/bin/sh
sysroot=$(dirname "$(dirname "$(readlink -f "$0")")")
LD_LIBRARY_PATH=$sysroot/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec "$sysroot/compiler/rustc" --sysroot "$sysroot" "$@"
WRAPPER
    chmod +x "$sysroot/bin/rustc"
}

bring_shared_libraries() {
    if LD_LIBRARY_PATH=$sysroot/lib ldd "$sysroot/compiler/rustc" "$sysroot/lib"/libLLVM*.so* | grep -q 'not found'; then
        "$scripts/apt-install.sh" libedit2 libffi8 libstdc++6 libxml2 libz3-4 libzstd1 zlib1g
    fi
    "$sysroot/bin/rustc" --version
}

# Cargo compiles std as a dependency of an empty crate; its libraries then move into the sysroot.
compile_std() {
    local source crate commit flags libraries=$sysroot/lib/rustlib/wasm32-unknown-unknown/lib
    source=$(echo "$unpacked"/usr/src/rustc-*/library)
    crate=$unpacked/crate
    commit=$("$sysroot/bin/rustc" -vV | sed -n 's/^commit-hash: //p')
    mkdir -p "$crate/src"
    touch "$crate/src/lib.rs"
    cat >"$crate/Cargo.toml" <<'MANIFEST'
[package]
name = "empty"
version = "0.0.0"
edition = "2021"

[workspace]

[profile.release]
codegen-units = 1
MANIFEST
    # Link-time optimization of the dashboard needs the bitcode; its panic messages do not need our paths.
    flags=$(printf '%s\037%s\037%s' -Cembed-bitcode=yes "--remap-path-prefix=$source=/rustc/$commit/library" \
        "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo")
    # A wrapped compiler does not lie beside its source; the last variable tells cargo where that is.
    (
        cd "$crate"
        env -u CARGO_TARGET_DIR -u RUSTUP_TOOLCHAIN -u RUSTC_WRAPPER \
            RUSTC="$sysroot/bin/rustc" RUSTC_BOOTSTRAP=1 CARGO_ENCODED_RUSTFLAGS="$flags" \
            __CARGO_TESTS_ONLY_SRC_ROOT="$source" \
            cargo build --quiet --release --target wasm32-unknown-unknown -Z build-std=std,panic_abort,test
    )
    mkdir -p "$libraries"
    find "$crate/target/wasm32-unknown-unknown/release/deps" \
        \( -name '*.rlib' -o -name '*.rmeta' \) ! -name 'libempty-*' -exec cp {} "$libraries" \;
}

"$@"
