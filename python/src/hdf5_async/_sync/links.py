"""How a group refers to an object: a hard, a soft or an external link."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["ExternalLink", "HardLink", "SoftLink", "link_of"]


class HardLink:
    """The object itself."""


class SoftLink:
    """A path in the same file."""

    def __init__(self, path: str) -> None:
        self._path = str(path)

    @property
    def path(self) -> str:
        """Where it leads."""
        return self._path

    def __repr__(self) -> str:
        return f'<SoftLink to "{self.path}">'


class ExternalLink:
    """A path in another file."""

    def __init__(self, filename: str | bytes | os.PathLike[str], path: str) -> None:
        self._filename = os.fsdecode(filename)
        self._path = path

    @property
    def path(self) -> str:
        """Where it leads in the other file."""
        return self._path

    @property
    def filename(self) -> str:
        """The other file, as seen from this one."""
        return self._filename

    def __repr__(self) -> str:
        return f'<ExternalLink to "{self.path}" in file "{self.filename}"'


def link_of(link: dict[str, Any]) -> HardLink | SoftLink | ExternalLink:
    """Return the link that the protocol describes."""
    if link["kind"] == "soft":
        return SoftLink(link["target"])
    if link["kind"] == "external":
        return ExternalLink(link["file"], link["target"])
    if link["kind"] == "hard":
        return HardLink()
    raise TypeError(f"Unknown link type {link!r}")
