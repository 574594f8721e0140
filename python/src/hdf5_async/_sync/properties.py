"""What property lists say: how an object was made, and what its opener asked for."""

from __future__ import annotations

import os
from typing import Any

from .._files import FileCreation
from .file_options import SPACE_STRATEGIES

__all__ = ["DatasetAccess", "DatasetCreation", "FileAccess", "FileCreationList", "GroupCreation"]

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


class DatasetAccess:
    """What the opener of a dataset asked for; the server's process reads it by its own."""

    def __init__(self, asked: dict[str, Any], file: FileAccess) -> None:
        self._asked = asked
        self._file = file

    def get_chunk_cache(self) -> tuple[int, int, float]:
        """Return the chunk cache: slots, bytes, preemption; the file's where none was asked for."""
        return FileAccess({**self._file.options, **self._asked}).get_chunk_cache()

    def get_virtual_prefix(self) -> bytes:
        """Return where the sources of a virtual dataset were said to be."""
        return os.fsencode(self._asked.get("virtual_prefix") or "")

    def get_efile_prefix(self) -> bytes:
        """Return where external files were said to be."""
        return os.fsencode(self._asked.get("efile_prefix") or "")


class GroupCreation:
    """How a group was made."""

    def get_attr_creation_order(self) -> int:
        """Return 0: the protocol has attributes in the order of their names."""
        return 0


class FileAccess:
    """What the opener of a file asked for; the server's process reads it by its own."""

    def __init__(self, options: dict[str, Any], made: FileCreation | None = None) -> None:
        self.options = options
        self._made = made or FileCreation()

    def get_page_buffer_size(self) -> tuple[int, int, int]:
        """Return the page buffer in bytes, a multiple of the file's pages, and the least percents kept of it.

        All are 0 where the file has no pages.
        """
        asked = int(self.options.get("page_buf_size") or 0)
        if not asked or self._made.space_strategy != "pages":
            return (0, 0, 0)
        n_pages = max(1, asked // self._made.page_bytes)
        least = (self.options.get(f"min_{kind}_keep") or 0 for kind in ("meta", "raw"))
        return (n_pages * self._made.page_bytes, *least)  # type: ignore[return-value]

    def get_cache(self) -> tuple[int, int, int, float]:
        """Return the chunk cache: 0, slots, bytes, preemption."""
        nslots, nbytes, w0 = self.get_chunk_cache()
        return (0, nslots, nbytes, w0)

    def get_chunk_cache(self) -> tuple[int, int, float]:
        """Return the chunk cache: slots, bytes, preemption."""
        return (
            self.options.get("rdcc_nslots") or CHUNK_SLOTS,
            self.options.get("rdcc_nbytes") or CHUNK_BYTES,
            CHUNK_PREEMPTION if self.options.get("rdcc_w0") is None else self.options["rdcc_w0"],
        )

    def get_file_locking(self) -> tuple[int, int]:
        """Return whether locks were asked for, and whether a file system without them is accepted."""
        locking = self.options.get("locking")
        if locking == "best-effort":
            return (1, 1)
        return (0, 0) if locking in (False, "false") else (1, 0)


class FileCreationList:
    """How a file was made."""

    def __init__(self, made: FileCreation) -> None:
        self._made = made

    def get_userblock(self) -> int:
        """Return the bytes before the HDF5 part."""
        return self._made.user_block_bytes

    def get_file_space_strategy(self) -> tuple[int, bool, int]:
        """Return HDF5's number of the strategy, whether free space is remembered, and from which size on."""
        number = list(SPACE_STRATEGIES.values()).index(self._made.space_strategy)
        return (number, self._made.space_persists, self._made.space_threshold)

    def get_file_space_page_size(self) -> int:
        """Return the bytes of a page."""
        return self._made.page_bytes
