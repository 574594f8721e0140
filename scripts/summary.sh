#!/usr/bin/env bash
# Prints the table of what each step took, from the log that step.sh has written: `summary.sh LOG`.
set -euo pipefail

awk -F'\t' '
    BEGIN { printf "\n%8s  %-6s  %s\n", "seconds", "result", "step" }
    { printf "%8d  %-6s  %s\n", $1, $2, $3; total += $1; failed += ($2 == "FAILED") }
    END { printf "%8d  %-6s  all %d steps\n", total, failed ? "FAILED" : "done", NR }
' "$1"
