#!/usr/bin/env bash
# Refuses a dashboard that has grown too big: what a browser loads first (html, css, js, wasm), after brotli.
set -euo pipefail
scripts=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=../environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

[ -e dist/index.html ] || {
    printf 'dist/ holds no dashboard; make dashboard builds it\n' >&2
    exit 1
}

bytes=0
while IFS= read -r -d '' file; do
    # A file that brotli does not make smaller is sent as it is.
    [ ! -e "$file.br" ] || file=$file.br
    bytes=$((bytes + $(stat --format=%s "$file")))
done < <(find dist -regex '.*\.\(html\|css\|js\|wasm\)' -print0)

printf 'first load: %d of at most %d bytes\n' "$bytes" "$DASHBOARD_LIMIT"
[ "$bytes" -le "$DASHBOARD_LIMIT" ]
