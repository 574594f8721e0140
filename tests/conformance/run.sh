#!/usr/bin/env bash
# h5py's own test-suite against a live server; more arguments go to pytest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
suite=$(python -c "import h5py.tests; print(h5py.tests.__path__[0])")
files=(attribute_create attrs attrs_data base dataset dataset_getitem dataset_swmr datatype dimension_scales dtype
    errors filters selections npystrings completions slicing group file file2)
paths=()
for file in "${files[@]}"; do paths+=("$suite/test_$file.py"); done
paths+=("$suite/test_vds/test_highlevel_vds.py" "$suite/test_vds/test_virtual_source.py")
cd "$here"
PYTHONPATH="$here:$here/../../python/src${PYTHONPATH:+:$PYTHONPATH}" exec python -m pytest -p h5py_over_the_wire \
    -p no:cacheprovider --disable-warnings --rootdir "$suite" -c /dev/null "${paths[@]}" "$@"
