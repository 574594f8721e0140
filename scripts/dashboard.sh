#!/usr/bin/env bash
# The dashboard, built into dist/ for the server to embed; nothing is done while its sources have not changed.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

sources=(Cargo.toml Cargo.lock Trunk.toml index.html shared web scripts/versions.env scripts/wasm-environment.sh
    scripts/dashboard.sh scripts/dashboard)
stamp=target/web/dashboard.sources

fingerprint() {
    find "${sources[@]}" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum
}

before=$(fingerprint)
if [ -e dist/index.html ] && [ "$before" = "$(cat "$stamp" 2>/dev/null)" ]; then
    printf 'dashboard: up to date\n'
    exit 0
fi

"$scripts/install.sh" rust node wasm-target wasm-bindgen wasm-opt trunk
"$scripts/step.sh" "dashboard" "$scripts/dashboard/build.sh"
# Of the state before the build: what was edited during it is built the next time.
mkdir -p "$(dirname "$stamp")"
printf '%s\n' "$before" >"$stamp"
