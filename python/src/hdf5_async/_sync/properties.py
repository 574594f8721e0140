"""What property lists say: how an object was made, and what its opener asked for."""

from __future__ import annotations

from typing import Any

__all__ = ["DatasetCreation", "FileAccess", "GroupCreation"]

FILL_TIMES = {"alloc": 0, "never": 1, "ifset": 2}
"""HDF5's numbers of ``H5D_fill_time_t``."""

CHUNK_SLOTS, CHUNK_BYTES, CHUNK_PREEMPTION = 8191, 8 * 1024 * 1024, 0.75
"""HDF5's defaults of a chunk cache."""


class DatasetCreation:
    """How a dataset was made."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._facts = facts

    def get_fill_time(self) -> int:
        """Return when elements are filled: 0 when room is allocated, 1 never, 2 where a fill value is set."""
        return FILL_TIMES[self._facts.get("fill_time") or "ifset"]


class GroupCreation:
    """How a group was made."""

    def get_attr_creation_order(self) -> int:
        """Return 0: the protocol has attributes in the order of their names."""
        return 0


class FileAccess:
    """What the opener of a file asked for; the server's process reads it by its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options

    def get_cache(self) -> tuple[int, int, int, float]:
        """Return the chunk cache: 0, slots, bytes, preemption."""
        nslots, nbytes, w0 = self.get_chunk_cache()
        return (0, nslots, nbytes, w0)

    def get_chunk_cache(self) -> tuple[int, int, float]:
        """Return the chunk cache: slots, bytes, preemption."""
        return (
            self._options.get("rdcc_nslots") or CHUNK_SLOTS,
            self._options.get("rdcc_nbytes") or CHUNK_BYTES,
            CHUNK_PREEMPTION if self._options.get("rdcc_w0") is None else self._options["rdcc_w0"],
        )

    def get_file_locking(self) -> tuple[int, int]:
        """Return whether locks were asked for, and whether a file system without them is accepted."""
        locking = self._options.get("locking")
        if locking == "best-effort":
            return (1, 1)
        return (0, 0) if locking in (False, "false") else (1, 0)
