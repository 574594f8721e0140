"""Objects by path, also through external links into other files of the same server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exceptions import FileError, NotFoundError, UnsupportedError, WrongKindError
from . import paths
from .objects import open_object

if TYPE_CHECKING:
    from .served import ServedFile

__all__ = ["exists", "find", "link_at"]

_NO_OBJECT = (NotFoundError, UnsupportedError, WrongKindError)
MAX_EXTERNAL_LINKS = 16
"""One after the other, before they are taken for a circle."""


def find(file: ServedFile, path: str, depth: int = 0, **elink: Any) -> Any:
    """Return the object at a path.

    Raises:
        KeyError: where there is none.

    """
    try:
        described = file.describe(path)
    except _NO_OBJECT as error:
        crossing = _external_link(file, path)
        if crossing is None or depth >= MAX_EXTERNAL_LINKS:
            raise KeyError(f"Unable to open object (object '{path}' doesn't exist)") from error
        at, link = crossing
        try:
            other = file.beside(link["file"], **elink)
            rest = paths.relative_to(path, at) if path != at else ""
            return find(other, paths.join(paths.join("/", link["target"]), rest), depth + 1)
        except FileError as missing:
            raise KeyError(
                f"Unable to open object (file {link['file']!r} cannot be opened)"
            ) from missing
    return open_object(file, path, described["kind"], described)


def _external_link(file: ServedFile, path: str) -> tuple[str, dict[str, Any]] | None:
    """Return the first external link on the way to a path, and where it is."""
    parts = [part for part in path.split("/") if part]
    at = ""
    for part in parts:
        try:
            link = link_at(file, f"{at}/{part}")
        except _NO_OBJECT:
            return None
        except KeyError:
            return None
        at = f"{at}/{part}"
        if link["kind"] == "external":
            return at, link
    return None


def link_at(file: ServedFile, path: str) -> dict[str, Any]:
    """Return the link at a path, wherever it leads.

    Raises:
        KeyError: where there is none.

    """
    if path == "/":
        return {"kind": "hard"}
    try:
        link: dict[str, Any] = file.describe(path)["link"]
        return link
    except _NO_OBJECT:
        name = path.rpartition("/")[2]
        for child in file.children(paths.parent_of(path)):
            if child["name"] == name:
                dangling: dict[str, Any] = child["link"]
                return dangling
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
