"""A download on its way to its place: under another name until it is whole, and kept where it can go on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Arriving"]


class Arriving:
    """``NAME.part`` beside the place of a file, and in ``NAME.part.tag`` the server's tag of its content.

    ``hdf5-async get --continue`` keeps them under the same names.
    """

    def __init__(self, path: Path, *, keep: bool) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._tag = path.with_name(f"{path.name}.part.tag")
        self._keep = keep
        self._file: BinaryIO | None = None

    def wanted(self) -> tuple[int, str] | None:
        """Return from which byte on the rest is wanted, and the tag of what is there; None for all."""
        try:
            tag = self._tag.read_text()
            have = self._part.stat().st_size
        except OSError:
            return None
        # The last byte comes again: the server has none to send behind the end of the file.
        return (have - 1, tag) if self._keep and have and tag else None

    def begin(self, first: int, tag: str | None) -> None:
        """Make room for what comes: all that is there before ``first`` stays."""
        # At no moment may a tag stand beside other content than its own, wherever this ends: the next download would
        # go on with it.
        if not first:
            self._tag.unlink(missing_ok=True)
        self._file = self._part.open("r+b" if first else "wb")
        self._file.truncate(first)
        self._file.seek(first)
        if not first and tag is not None and self._keep:
            self._tag.write_text(tag)

    def write(self, piece: bytes) -> None:
        """Put the next piece behind those that are there."""
        assert self._file is not None, "begin comes first"
        self._file.write(piece)

    def complete(self) -> None:
        """Give the file its place."""
        assert self._file is not None, "begin comes first"
        self._file.close()
        self._part.replace(self._path)
        self._file = None
        self._tag.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of what is there; where it is of no more use, it goes. What was not begun stays as it was found."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            self._file.close()
        if not self._keep or not self._tag.exists():
            self._part.unlink(missing_ok=True)
            self._tag.unlink(missing_ok=True)
