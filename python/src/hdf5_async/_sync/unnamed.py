"""Objects without a name: made under one that nobody looks for, moved when they are linked, gone with the file object.

On a server an object needs a path to be spoken of. Others see these below ``/.unnamed`` as long as they exist.
"""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING

from ..exceptions import Hdf5AsyncError

if TYPE_CHECKING:
    from .served import ServedFile

__all__ = ["HOME", "is_unnamed", "new_place", "remove_all"]

HOME = "/.unnamed"

logger = logging.getLogger("hdf5_async")


def is_unnamed(path: str) -> bool:
    """Whether a path is that of an object without a name, or of something below one."""
    return path.startswith(HOME + "/")


def new_place(file: ServedFile) -> str:
    """Return a path for one more object without a name."""
    path = f"{HOME}/{uuid.uuid4().hex}"
    file.unnamed.add(path)
    return path


def remove_all(file: ServedFile) -> None:
    """Remove those that were not linked until now."""
    try:
        for path in file.unnamed:
            file.call("delete", {"path": path})
        file.unnamed.clear()
        if not file.call("list", {"path": HOME, "limit": 1}).body["total"]:
            file.call("delete", {"path": HOME})
    except Hdf5AsyncError as error:
        logger.warning("objects without a name stay below %s of %s: %s", HOME, file.name, error)
