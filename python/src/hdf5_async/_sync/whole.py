"""Whole files for scripts that do not await: sent to a server and fetched from it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .._address import Address
from .._file_transfer import name_of
from .background import run
from .clients import client_of
from .locating import locate

if TYPE_CHECKING:
    from .._file_transfer import Source, Target
    from .._messages import FileInfo
    from .._progress import AnyProgress

__all__ = ["download", "upload"]


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
