#!/usr/bin/env bash
# The server, target/release/hdf5-async, with the dashboard of dist/ inside. Cargo knows what is up to date.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

"$scripts/install.sh" rust c-compiler cmake
# By the binary's name rather than its package: cargo then compiles the dependencies as the tests will want them.
"$scripts/step.sh" "server" cargo build --release --locked --bin hdf5-async
