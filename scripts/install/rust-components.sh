#!/usr/bin/env bash
# rustfmt and clippy, which a minimal Rust comes without.
set -euo pipefail

present() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1
}

install() {
    rustup component add rustfmt clippy
}

"$@"
