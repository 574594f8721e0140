#!/usr/bin/env bash
# Succeeds if the version FOUND is not older than MINIMUM: `version-at-least.sh MINIMUM FOUND`.
set -euo pipefail

[ -n "$2" ] && printf '%s\n%s\n' "$1" "$2" | sort -V -C
