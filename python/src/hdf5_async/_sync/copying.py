"""Copies of objects: by the server, between servers by the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import paths
from .objects import HLObject

if TYPE_CHECKING:
    from .group import Group
    from .paths import Name

__all__ = ["copy_object"]


def copy_object(
    group: Group, source: Any, dest: Any, name: Name | None, options: dict[str, bool]
) -> None:
    """Copy ``source``, an object or a name seen from ``group``, to ``dest``, a group or a name."""
    found = source if isinstance(source, HLObject) else group[source]
    start = found._id
    if isinstance(dest, HLObject):
        file, base = dest._file, dest._path
        if name is None:
            seen_as = source if not isinstance(source, HLObject) else start.place
            name = paths.as_text(seen_as).rstrip("/").rpartition("/")[2]
        target = paths.join(base, name)
    else:
        file, target = group._file, group._join(dest)
    file.check_writable()
    if file.address.endpoint != start.file.address.endpoint:
        from .carrying import carry

        carry(found, file, target, options)
        return
    asked: dict[str, Any] = {key: True for key, value in options.items() if value}
    if file.name != start.file.name:
        asked["from_file"] = start.file.name
    file.change("copy", {"path": start.place, "to": target, **asked})
