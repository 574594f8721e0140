"""Whether the files that this process has open were opened with the same idea of locks."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .served import ServedFile

__all__ = ["OPEN_FILES", "check_locking"]

OPEN_FILES: weakref.WeakSet[ServedFile] = weakref.WeakSet()
"""Of this process."""


def check_locking(file: ServedFile) -> None:
    """Refuse to open a file with another ``locking`` than it is open with, as HDF5 does.

    The locks themselves are the server's: it alone has the file open, and it lets everybody in.

    Raises:
        OSError: where the two contradict each other.

    """
    wanted = file.options.get("locking")
    for other in list(OPEN_FILES):
        present = other.options.get("locking")
        if (
            other.is_open
            and (other.name, other.address.endpoint) == (file.name, file.address.endpoint)
            and None not in (wanted, present)
            and str(wanted).lower() != str(present).lower()
        ):
            raise OSError(
                f"Unable to open file ({file.filename!r} is open with locking={present!r})"
            )
