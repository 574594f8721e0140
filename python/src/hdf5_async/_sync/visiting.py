"""Everything below a group, in order of name: objects once each, or links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import paths

if TYPE_CHECKING:
    from collections.abc import Callable

    from .served import ServedFile

__all__ = ["visit", "visit_links"]


def visit(
    file: ServedFile, path: str, visitor: Callable[[str, str], Any], *, described: bool = False
) -> Any:
    """Call ``visitor(name, kind)`` for every object below a group until it returns something.

    With ``described`` all objects of a group are asked for at once, before the first of them is visited.
    """
    seen = {_identity(file.describe(path), path)}
    return _visit_below(file, path, path, seen, visitor, described)


def _identity(facts: dict[str, Any], path: str) -> Any:
    """Return what is the same for all names of an object."""
    return facts.get("address", path)


def _by_name(file: ServedFile, path: str) -> list[dict[str, Any]]:
    """Return the links of a group in HDF5's order of names, also where it keeps another."""
    return sorted(file.children(path), key=lambda child: child["name"].encode())


def _visit_below(
    file: ServedFile,
    top: str,
    path: str,
    seen: set[Any],
    visitor: Callable[[str, str], Any],
    described: bool,
) -> Any:
    children = [
        (paths.join(path, child["name"]), child)
        for child in _by_name(file, path)
        if child["link"]["kind"] == "hard" and "kind" in child
    ]
    if described:
        file.describe_all([below for below, _ in children])
    for below, child in children:
        identity = _identity(child, below)
        if identity in seen:
            continue
        seen.add(identity)
        result = visitor(paths.relative_to(below, top), child["kind"])
        if result is not None:
            return result
        if child["kind"] == "group":
            result = _visit_below(file, top, below, seen, visitor, described)
            if result is not None:
                return result
    return None


def visit_links(file: ServedFile, path: str, visitor: Callable[[str, dict[str, Any]], Any]) -> Any:
    """Call ``visitor(name, link)`` for every link below a group until it returns something.

    The links of a group are visited once, whichever names lead to it.
    """
    seen = {_identity(file.describe(path), path)}
    return _links_below(file, path, path, seen, visitor)


def _links_below(
    file: ServedFile,
    top: str,
    path: str,
    seen: set[Any],
    visitor: Callable[[str, dict[str, Any]], Any],
) -> Any:
    for child in _by_name(file, path):
        below = paths.join(path, child["name"])
        result = visitor(paths.relative_to(below, top), child["link"])
        if result is None and child["link"]["kind"] == "hard" and child.get("kind") == "group":
            identity = _identity(child, below)
            if identity not in seen:
                seen.add(identity)
                result = _links_below(file, top, below, seen, visitor)
        if result is not None:
            return result
    return None
