#!/usr/bin/env bash
# Writes Rust and Python in the form that lint.sh asks for.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

"$scripts/install.sh" rust rust-components python-packages
cargo fmt --all
ruff format python tests
ruff check --fix python tests
