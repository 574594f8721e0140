"""A Python file object as a served file: under a name of its own while it is open, and back again.

The server cannot reach into this process. What a file object holds is sent when it is opened, and what the server
has is brought back when it is flushed and closed; then the server's file is removed.
"""

from __future__ import annotations

import atexit
import functools
import secrets
import tempfile
import weakref
from typing import TYPE_CHECKING, Any

from .._http import PIECE_BYTES
from ..exceptions import Hdf5AsyncError, UnsupportedError
from .background import run, start_task

if TYPE_CHECKING:
    from .served import ServedFile

__all__ = ["FileObject", "is_file_object", "new_name"]

_OPEN: weakref.WeakSet[ServedFile] = weakref.WeakSet()
"""Served files of this process that stand for a file object."""


def is_file_object(name: Any) -> bool:
    """Whether a file is named by a file object instead of a name."""
    return hasattr(name, "read") and hasattr(name, "seek")


def new_name() -> str:
    """Return a name that no other file has."""
    return f"fileobj-{secrets.token_hex(8)}.h5"


class FileObject:
    """What a served file stands for."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def send(self, file: ServedFile, mode: str) -> None:
        """Give the server the content, or with ``w`` and for one that is empty a new file.

        Raises:
            UnsupportedError: where the server could not remove it again.

        """
        if "delete_file" not in file.client.server.capabilities:
            raise UnsupportedError(
                "a file object's content is removed from the server when it is closed, "
                "but this server was started without --allow-delete-files",
                code="unsupported",
            )
        if mode in ("w", "w-", "x") or (mode == "a" and self._is_empty()):
            file.create(replace=False)
        else:
            self.inner.seek(0)
            run(file.client.upload(self.inner, file.name))
        _close_at_exit()
        _OPEN.add(file)

    def _is_empty(self) -> bool:
        self.inner.seek(0)
        return not self.inner.read(1)

    def bring_back(self, file: ServedFile) -> None:
        """Give the file object what the server has, once all of it is here."""
        with tempfile.TemporaryFile() as whole:
            run(file.client.download(whole, file.name))
            whole.seek(0)
            self.inner.seek(0)
            while piece := whole.read(PIECE_BYTES):
                self.inner.write(piece)
            self.inner.truncate(whole.tell())
        if hasattr(self.inner, "flush"):
            self.inner.flush()

    def give_up(self, file: ServedFile) -> None:
        """Have the server's file removed without waiting for it: nobody holds the file object's file any more."""
        start_task(_remove(file.client, file.name))


async def _remove(client: Any, name: str) -> None:
    try:
        await client.delete_file(name)
    except Hdf5AsyncError:
        # The server is gone, or the file: there is nobody to tell.
        return


@functools.cache
def _close_at_exit() -> None:
    """See that what a script leaves open is brought back, while there still is a connection.

    Called where there is one: what is registered last is done first.
    """
    atexit.register(_close_all)


def _close_all() -> None:
    for file in list(_OPEN):
        try:
            file.close()
        except Exception:  # noqa: PERF203 - one that fails keeps none of the others
            run(_remove(file.client, file.name))
