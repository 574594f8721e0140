"""Whole files for scripts that do not await: sent to a server, fetched from it, and looked at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .._address import Address
from .._file_transfer import name_of
from ..exceptions import FileUnreadableError
from .background import run
from .clients import client_of
from .locating import locate

if TYPE_CHECKING:
    from .._file_transfer import Source, Target
    from .._messages import FileInfo
    from .._progress import AnyProgress

__all__ = ["download", "is_hdf5", "upload"]


def upload(
    source: Source,
    name: Any,
    *,
    token: str | None = None,
    replace: bool = False,
    progress: AnyProgress = None,
) -> FileInfo:
    """Send a whole file; ``name`` is what :class:`hdf5_async.File` would open, or the address of a server alone.

    The rest is as in :meth:`hdf5_async.Client.upload`.
    """
    address = None
    if "://" in (text := os.fsdecode(name)):
        address = Address.parse(text, token)
    if address is None or address.file is not None:
        address, served, _ = locate(name, token)
    else:
        served = name_of(source)
    client = client_of(address)
    return run(client.upload(source, served, replace=replace, progress=progress))


def download(
    name: Any,
    target: Target,
    *,
    token: str | None = None,
    replace: bool = False,
    resume: bool = True,
    progress: AnyProgress = None,
) -> int:
    """Fetch a whole file; ``name`` is what :class:`hdf5_async.File` would open.

    The rest is as in :meth:`hdf5_async.Client.download`.
    """
    address, served, _ = locate(name, token)
    client = client_of(address)
    return run(client.download(target, served, replace=replace, resume=resume, progress=progress))


def is_hdf5(name: Any) -> bool:
    """Whether :class:`hdf5_async.File` could open a name: a file is served under it, and is HDF5."""
    try:
        address, served, _ = locate(name)
        client = client_of(address)
        run(client.describe("/", file=served))
        run(client.close_file(served))
    except (FileNotFoundError, FileUnreadableError):
        return False
    return True
