#!/usr/bin/env bash
# Everything that is run: the tests of the Rust crates, of the Python package, and of the dashboard in Chromium.
# The tests from outside start target/release/hdf5-async; scripts/server.sh builds it.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

"$scripts/install.sh" rust c-compiler cmake python-packages node chromium playwright

failed=0
check() {
    "$scripts/step.sh" "$@" || failed=1
}

check "cargo test" cargo test --release --locked --no-fail-fast
# The dashboard's crates are no default members, because they are built for wasm32; their tests run here.
check "cargo test, dashboard" cargo test --release --locked --package plotcore --package hdf5-async-dashboard
check "dashboard size" "$scripts/dashboard/size.sh"
check "pytest" env --chdir=python PYTHONPATH=src pytest
# Half a minute: h5py's own tests make a thousand files.
check "h5py's suite" tests/conformance/run.sh -q
check "wheel and sdist" "$scripts/python-dist.sh"
# Node looks for packages beside the importing file; the folder is ignored by git.
mkdir -p tests/browser/node_modules
ln -sfn "$TOOLS/npm/node_modules/playwright-core" tests/browser/node_modules/playwright-core
check "browser" node --test tests/browser/*.test.mjs
exit "$failed"
