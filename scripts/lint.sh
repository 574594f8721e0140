#!/usr/bin/env bash
# Everything that reads the sources without running them: format, lints, types, documentation, licenses.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

"$scripts/install.sh" rust rust-components c-compiler cmake wasm-target cargo-deny python-packages shellcheck

failed=0
check() {
    "$scripts/step.sh" "$@" || failed=1
}

check "rustfmt" cargo fmt --all --check
check "clippy" cargo clippy --release --locked --all-targets -- --deny warnings
check "clippy, plotcore" cargo clippy --release --locked --package plotcore --all-targets -- --deny warnings
check "clippy, dashboard" "$scripts/dashboard/clippy.sh"
RUSTDOCFLAGS="--deny warnings" check "rustdoc" cargo doc --release --locked --no-deps
# Advisories need the network and change without us; CONTRIBUTING.md says when they are looked at.
check "cargo deny" cargo deny --locked check licenses bans sources
check "ruff" ruff check python tests
check "ruff format" ruff format --check python tests
check "mypy" env --chdir=python mypy
check "shellcheck" shellcheck .ci/run scripts/*.sh scripts/*/*.sh
exit "$failed"
