#!/usr/bin/env bash
# Installs Debian packages: as root, or with a sudo that asks for no password; otherwise says what to install.
set -euo pipefail

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
fi

if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    printf 'These Debian packages are needed, and installing them takes an administrator: %s\n' "$*" >&2
    printf 'Install them (or what your system calls them) and run the same command again.\n' >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" </dev/null
