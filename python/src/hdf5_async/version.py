"""Which version of this package that is, under the names at which scripts look for h5py's."""

from __future__ import annotations

import sys
from importlib import metadata

__all__ = ["__version__", "info", "version", "version_tuple"]

__version__ = version = "0.1.0"
version_tuple: tuple[int, ...] = tuple(int(part) for part in version.split("."))
info = "\n".join(
    (
        f"hdf5_async {version}",
        f"Python {sys.version.split()[0]}",
        f"numpy {metadata.version('numpy')}",
        f"websockets {metadata.version('websockets')}",
    )
)
"""Of this package and of what it stands on; the HDF5 library is the server's."""
