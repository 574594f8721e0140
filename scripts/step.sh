#!/usr/bin/env bash
# Runs one step of a build or of the checks: `step.sh NAME COMMAND...` says what happens and how long it took.
# With STEP_LOG set, the step is also written there as a line "seconds, result, name" (see summary.sh).
set -euo pipefail

name=$1
shift

printf '%s: started\n' "$name"
started=$(date +%s)
status=0
"$@" || status=$?
seconds=$(($(date +%s) - started))

result="done"
[ "$status" -eq 0 ] || result=FAILED
printf '%s: %s in %d s\n' "$name" "$result" "$seconds"
if [ -n "${STEP_LOG:-}" ]; then
    printf '%d\t%s\t%s\n' "$seconds" "$result" "$name" >>"$STEP_LOG"
fi
exit "$status"
