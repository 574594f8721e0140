"""What is said about whole files, as dataclasses that mirror the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, ClassVar

from ._messages import WireMessage

__all__ = ["FileCreation", "FileDetails"]


@dataclass(frozen=True)
class FileCreation(WireMessage):
    """The properties that a file is made with and keeps.

    Attributes:
        user_block_bytes: before the HDF5 part; 0, or a power of 2 from 512 on.
        track_order: the root group keeps the order in which its links were made.
        space_strategy: ``free_space_managers``, ``pages``, ``aggregators`` or ``file_driver``.
        space_persists: what is free is remembered when the file is closed.
        space_threshold: smaller pieces of free space are forgotten.
        page_bytes: the size of a page.
        format: the oldest library that reads the file: ``earliest``, ``v18`` or ``v110``.

    """

    user_block_bytes: int = 0
    track_order: bool = False
    space_strategy: str = "free_space_managers"
    space_persists: bool = False
    space_threshold: int = 1
    page_bytes: int = 4096
    format: str = "v18"


@dataclass(frozen=True)
class FileDetails(WireMessage):
    """A file's size, the bytes in it that are free, and what it was made with."""

    bytes: int
    free_bytes: int
    creation: FileCreation

    _read_field: ClassVar[dict[str, Callable[[Any], Any]]] = {"creation": FileCreation.from_wire}

    def to_wire(self) -> dict[str, Any]:
        """Write the fields; of the properties also those that are as HDF5 has them anyway."""
        creation = {
            "space_strategy": self.creation.space_strategy,
            "space_threshold": self.creation.space_threshold,
            "page_bytes": self.creation.page_bytes,
            **self.creation.to_wire(),
        }
        return {"bytes": self.bytes, "free_bytes": self.free_bytes, "creation": creation}
