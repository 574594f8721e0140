#!/usr/bin/env bash
# Removes what install.sh has put under the cache folder; the next `make run` or `make test` brings it again.
set -euo pipefail
# shellcheck source=environment.sh
. "$(dirname "$0")/environment.sh"

rm -rf "$TOOLS" "$VENV"
