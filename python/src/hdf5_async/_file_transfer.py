"""Whole files to the server and from it, streamed from and to paths and file objects."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Union
from urllib.parse import quote

from ._arriving import Arriving
from ._http import PIECE_BYTES, Exchange, in_thread
from ._messages import FileInfo
from .exceptions import InvalidRequestError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ._address import Address
    from ._progress import Progress

__all__ = ["Source", "Target", "download", "name_of", "upload"]

Source = Union[str, "os.PathLike[str]", BinaryIO]
"""Where an upload comes from: a path, or a file object that is read from where it stands."""
Target = Union[str, "os.PathLike[str]", BinaryIO]
"""Where a download goes: a path, that of a folder, or a file object that is written where it stands."""


def name_of(source: Source) -> str:
    """Return the name under which a source is served where nobody says another.

    Raises:
        InvalidRequestError: where it has none.

    """
    named = source if isinstance(source, (str, os.PathLike)) else getattr(source, "name", None)
    if not isinstance(named, (str, os.PathLike)):
        raise InvalidRequestError(
            "the source has no name; say under which the server shall have it",
            code="invalid_request",
        )
    return Path(named).name


async def upload(
    address: Address,
    timeout: float,
    source: Source,
    name: str,
    *,
    replace: bool = False,
    progress: Progress | None = None,
) -> FileInfo:
    """Send a file, which the server has under its name once all of it is on its disk."""
    with contextlib.ExitStack() as opened:
        if isinstance(source, (str, os.PathLike)):
            file: Any = opened.enter_context(await in_thread(Path(source).open, "rb"))
        else:
            file = source
        length = await in_thread(_rest_of, file)
        headers = {"Content-Type": "application/x-hdf5", "Expect": "100-continue"}
        if length is None:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(length)
        target = f"/upload/{quote(name)}{'?replace=true' if replace else ''}"
        async with Exchange(address, timeout) as exchange:
            await exchange.begin("PUT", target, headers)
            pieces = _pieces_of(file, length, progress)
            head = await exchange.send_body(pieces, chunked=length is None)
            return FileInfo.from_wire(await exchange.document(head))


def _rest_of(file: Any) -> int | None:
    """Return the bytes that a file object still has; None for one that cannot tell, such as a pipe."""
    try:
        place = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(place)
    except (OSError, AttributeError):
        return None
    return max(0, int(end) - int(place))


async def _pieces_of(
    file: Any, length: int | None, progress: Progress | None
) -> AsyncIterator[bytes]:
    sent = 0
    while length is None or sent < length:
        most = PIECE_BYTES if length is None else min(PIECE_BYTES, length - sent)
        piece = await in_thread(file.read, most)
        if not piece:
            break
        yield piece
        sent += len(piece)
        if progress is not None and length is not None:
            progress(sent, length)
    if length is not None and sent < length:
        raise OSError(f"the source ended after {sent} of {length} bytes")
    if progress is not None and length is None:
        progress(sent, sent)


async def download(
    address: Address,
    timeout: float,
    name: str,
    target: Target,
    *,
    replace: bool = False,
    resume: bool = True,
    progress: Progress | None = None,
) -> int:
    """Fetch a file as it is at one moment, and return its bytes."""
    if not isinstance(target, (str, os.PathLike)):
        async with Exchange(address, timeout) as exchange:
            return await _receive(exchange, name, target, progress)
    path = Path(target)
    if await in_thread(path.is_dir):
        path = path / name.rpartition("/")[2]
    if not replace and await in_thread(os.path.lexists, path):
        raise FileExistsError(f"{path} is there already; replace=True replaces it")
    arriving = Arriving(path, keep=resume)
    try:
        async with Exchange(address, timeout) as exchange:
            length = await _receive(exchange, name, arriving, progress)
        await in_thread(arriving.complete)
        return length
    finally:
        await in_thread(arriving.close)


async def _receive(exchange: Exchange, name: str, target: Any, progress: Progress | None) -> int:
    arriving = target if isinstance(target, Arriving) else None
    wanted = None if arriving is None else await in_thread(arriving.wanted)
    headers = {} if wanted is None else {"Range": f"bytes={wanted[0]}-", "If-Range": wanted[1]}
    await exchange.begin("GET", f"/download/{quote(name)}", headers)
    head = await exchange.head()
    if head.status not in (200, 206):
        await exchange.document(head)
        raise ProtocolError(f"the server answered a download with HTTP status {head.status}")
    first = _first_of(head.headers.get("content-range")) if head.status == 206 else 0
    total = None if head.length is None else first + head.length
    if arriving is not None:
        await in_thread(arriving.begin, first, head.headers.get("etag"))
    done = first
    async for piece in exchange.pieces(head):
        await in_thread(target.write, piece)
        done += len(piece)
        if progress is not None and total is not None:
            progress(done, total)
    if progress is not None and total is None:
        progress(done, done)
    return done


def _first_of(content_range: str | None) -> int:
    """Return where a part begins, of ``bytes 10-19/100``."""
    first = (content_range or "").partition(" ")[2].partition("-")[0]
    if not first.isdigit():
        raise ProtocolError(f"the server sent a part without saying which: {content_range!r}")
    return int(first)
