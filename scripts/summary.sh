#!/usr/bin/env bash
# Prints the table of what each step took, from the log that step.sh has written: `summary.sh LOG SECONDS`.
# SECONDS is what all took together; it is not the sum, because a step may be part of another.
set -euo pipefail

awk -F'\t' -v all="$2" '
    BEGIN { printf "\n%8s  %-6s  %s\n", "seconds", "result", "step" }
    { printf "%8d  %-6s  %s\n", $1, $2, $3; failed += ($2 == "FAILED") }
    END { printf "%8d  %-6s  all %d steps\n", all, failed ? "FAILED" : "done", NR }
' "$1"
