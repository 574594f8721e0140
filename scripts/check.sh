#!/usr/bin/env bash
# Everything that must hold before a change is done: builds, reads and tests the whole repository.
# A failed check does not keep the others from running; the table at the end names it.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

export STEP_LOG=$HDF5_ASYNC_ROOT/target/steps.tsv
mkdir -p target
: >"$STEP_LOG"
trap '"$scripts/summary.sh" "$STEP_LOG" "$SECONDS"' EXIT

"$scripts/dashboard.sh"
"$scripts/server.sh"

failed=0
"$scripts/lint.sh" || failed=1
"$scripts/tests.sh" || failed=1
exit "$failed"
