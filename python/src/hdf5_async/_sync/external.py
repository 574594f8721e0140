"""Datasets whose elements are in files beside the HDF5 file."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["UNLIMITED", "external_files"]

UNLIMITED = 2**64 - 1
"""As many bytes as the elements take."""


def external_files(external: Any) -> list[dict[str, Any]] | None:
    """Return the list of files as the protocol has it, from a name or an iterable of (name, offset, bytes).

    Raises:
        TypeError: where it is neither.
        ValueError: where an entry has not three parts.

    """
    if external is None:
        return None
    if isinstance(external, (str, bytes, os.PathLike)):
        external = [(external, 0, UNLIMITED)]
    listed = []
    for entry in external:
        if isinstance(entry, (str, bytes, int)):
            raise TypeError(f"an external file is (name, offset, bytes), not {entry!r}")
        parts = tuple(entry)
        if len(parts) != 3:
            raise ValueError(f"an external file is (name, offset, bytes), not {entry!r}")
        name, offset, size = parts
        if not isinstance(offset, int) or not isinstance(size, int):
            raise TypeError(f"offset and bytes of an external file are numbers, not {entry!r}")
        if isinstance(name, bytes):
            name = os.fsdecode(name)
        listed.append(
            {
                "file": os.fspath(name),
                "offset": offset,
                "bytes": None if size in (UNLIMITED, -1) else size,
            }
        )
    return listed
