"""Paths of objects inside a file: from what people write to the one form in which they are kept."""

from __future__ import annotations

from typing import Union

__all__ = ["Name", "as_text", "is_within", "join", "moved", "parent_of", "relative_to"]

Name = Union[str, bytes]


def as_text(name: Name) -> str:
    """Return a name as text.

    Raises:
        TypeError: where it is neither text nor bytes.

    """
    if isinstance(name, bytes):
        return name.decode("utf-8", "surrogateescape")
    if isinstance(name, str):
        return name
    raise TypeError(f"Accessing a group is done with bytes or str, not {type(name)}")


def join(base: str, name: Name) -> str:
    """Return the absolute path of ``name`` as seen from the group ``base``."""
    text = as_text(name)
    whole = text if text.startswith("/") else f"{base}/{text}"
    parts = [part for part in whole.split("/") if part not in ("", ".")]
    return "/" + "/".join(parts)


def parent_of(path: str) -> str:
    """Return the path of the group that holds the link at ``path``."""
    return path.rpartition("/")[0] or "/"


def is_within(path: str, ancestor: str) -> bool:
    """Whether ``path`` is ``ancestor`` or lies below it."""
    return ancestor == "/" or path == ancestor or path.startswith(ancestor + "/")


def relative_to(path: str, ancestor: str) -> str:
    """Return ``path`` as seen from a group above it."""
    return path[len(ancestor.rstrip("/")) + 1 :]


def moved(path: str, source: str, target: str) -> str:
    """Return where an object is after the link at ``source`` went to ``target``."""
    return target + path[len(source) :] if is_within(path, source) else path
