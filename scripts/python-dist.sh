#!/usr/bin/env bash
# The wheel and the sdist of the Python package, built and tried: what pip would install must import.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$scripts/environment.sh"
cd "$HDF5_ASYNC_ROOT"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# From a copy: setuptools leaves folders beside the sources.
mkdir "$work/python"
cp -r python/pyproject.toml python/README.md python/src "$work/python"
rm -rf "$work/python/src/"*.egg-info
python -m build --no-isolation --outdir "$work/dist" "$work/python" >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
python -m pip install --quiet --no-deps --no-index --target "$work/installed" "$work"/dist/*.whl
cd "$work"
PYTHONPATH="$work/installed" python -c "
import pathlib, hdf5_async
package = pathlib.Path(hdf5_async.__file__).parent
assert package.parent == pathlib.Path('$work/installed').resolve(), package
assert (package / 'py.typed').is_file()
assert hdf5_async.File and hdf5_async.connect
"
ls "$work/dist"
