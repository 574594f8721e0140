"""Objects by path, also through external links into other files of the same server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exceptions import (
    NotFoundError,
    ServedFileNotFoundError,
    UnsupportedError,
    WrongKindError,
)
from . import paths
from .objects import open_object

if TYPE_CHECKING:
    from .served import ServedFile

__all__ = ["exists", "find", "link_at"]

_NO_OBJECT = (NotFoundError, UnsupportedError, WrongKindError, ServedFileNotFoundError)
"""Also the last: the file that an external link names may be missing."""


def find(file: ServedFile, path: str, **elink: Any) -> Any:
    """Return the object at a path, also where an external link leads to another file.

    Raises:
        KeyError: where there is none.

    """
    try:
        described = file.describe(path)
    except _NO_OBJECT as error:
        raise KeyError(f"Unable to open object (object '{path}' doesn't exist)") from error
    if "file" in described:
        return find(file.led_to(described["file"], **elink), described["path"])
    return open_object(file, path, described["kind"], described)


def link_at(file: ServedFile, path: str) -> dict[str, Any]:
    """Return the link at a path, wherever it leads.

    Raises:
        KeyError: where there is none.

    """
    if path == "/":
        return {"kind": "hard"}
    try:
        described = file.describe(path)
        if "file" not in described:
            link: dict[str, Any] = described["link"]
            return link
    except _NO_OBJECT:
        pass
    # The link itself is in its group, wherever it leads.
    name = path.rpartition("/")[2]
    for child in file.children(paths.parent_of(path)):
        if child["name"] == name:
            followed: dict[str, Any] = child["link"]
            return followed
    raise KeyError(f"Unable to open object (component {path!r} not found)")


def exists(file: ServedFile, path: str) -> bool:
    """Whether there is a link at a path, also one that leads nowhere."""
    try:
        file.describe(path)
    except _NO_OBJECT:
        try:
            link_at(file, path)
        except (KeyError, *_NO_OBJECT):
            return False
    return True
