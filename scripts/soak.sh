#!/usr/bin/env bash
# The tests that find more the longer they run: simulated crashes of the write-ahead log, from seeds that were never tried,
# deaths of real processes under load, and random changes against a twin of the file that h5py keeps.
# HDF5_ASYNC_SOAK_SECS says for how long; a failure prints its seeds.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

export HDF5_ASYNC_SOAK_SECS=${HDF5_ASYNC_SOAK_SECS:-600}
"$scripts/step.sh" "simulated crashes" \
    cargo test --release --locked --package hdf5-async-server --lib journal::simulation
"$scripts/step.sh" "build" cargo build --release --locked --bin hdf5-async
"$scripts/step.sh" "real deaths" \
    cargo test --release --locked --package hdf5-async-tests --test it durable::
"$scripts/step.sh" "a twin of h5py" \
    cargo test --release --locked --package hdf5-async-tests --test it twin::
