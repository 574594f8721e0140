"""Everything below a group, in order of name: objects once each, or links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import paths

if TYPE_CHECKING:
    from collections.abc import Callable

    from .served import ServedFile

__all__ = ["visit", "visit_links"]


def visit(file: ServedFile, path: str, visitor: Callable[[str, str], Any]) -> Any:
    """Call ``visitor(name, kind)`` for every object below a group until it returns something."""
    seen = {path}
    return _visit_below(file, path, path, seen, visitor)


def _visit_below(
    file: ServedFile, top: str, path: str, seen: set[str], visitor: Callable[[str, str], Any]
) -> Any:
    for child in file.children(path):
        if child["link"]["kind"] != "hard" or "kind" not in child:
            continue
        below = paths.join(path, child["name"])
        if below in seen:
            continue
        seen.add(below)
        result = visitor(paths.relative_to(below, top), child["kind"])
        if result is not None:
            return result
        if child["kind"] == "group":
            result = _visit_below(file, top, below, seen, visitor)
            if result is not None:
                return result
    return None


def visit_links(file: ServedFile, path: str, visitor: Callable[[str, dict[str, Any]], Any]) -> Any:
    """Call ``visitor(name, link)`` for every link below a group until it returns something."""
    return _links_below(file, path, path, visitor)


def _links_below(
    file: ServedFile, top: str, path: str, visitor: Callable[[str, dict[str, Any]], Any]
) -> Any:
    for child in file.children(path):
        below = paths.join(path, child["name"])
        result = visitor(paths.relative_to(below, top), child["link"])
        if result is None and child["link"]["kind"] == "hard" and child.get("kind") == "group":
            result = _links_below(file, top, below, visitor)
        if result is not None:
            return result
    return None
