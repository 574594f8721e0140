"""Copies of objects within a file and between files of one server."""

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
    """Copy ``source``, an object or a name seen from ``group``, to ``dest``, a group or a name.

    Raises:
        ValueError: where the other file is on another server.

    """
    start = source._id if isinstance(source, HLObject) else group[source]._id
    if isinstance(dest, HLObject):
        file, base = dest._file, dest._path
        if name is None:
            seen_as = source if not isinstance(source, HLObject) else start.place
            name = paths.as_text(seen_as).rstrip("/").rpartition("/")[2]
        target = paths.join(base, name)
    else:
        file, target = group._file, group._join(dest)
    if (file.address.endpoint, file.address.token) != (
        start.file.address.endpoint,
        start.file.address.token,
    ):
        raise ValueError("objects are copied between files of one server only")
    fields: dict[str, Any] = {
        "path": start.place,
        "to": target,
        **{key: True for key, value in options.items() if value},
    }
    if file.name != start.file.name:
        fields["to_file"] = file.name
    file.check_writable()
    start.file.call("copy", fields)
    file.forget()
