#!/usr/bin/env bash
# Makes sure of tools: `install.sh TOOL...` installs those that are missing, each by scripts/install/TOOL.sh.
# Such a script answers two words: `present` succeeds if the tool is there in the right version, `install` brings it.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=environment.sh
. "$here/environment.sh"

for tool in "$@"; do
    script=$here/install/$tool.sh
    if "$script" present; then
        printf '%s: already there\n' "$tool"
        continue
    fi
    "$here/step.sh" "install $tool" "$script" install
    if ! "$script" present; then
        printf '%s: was installed, but is still not found in the right version\n' "$tool" >&2
        exit 1
    fi
done
