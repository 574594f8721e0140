"""One HTTP request to the server over asyncio's streams: whole files come and go this way, next to the socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, TypeVar
from urllib.parse import urlsplit

from . import exceptions
from .exceptions import ConnectionLost, Hdf5AsyncError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from ._address import Address

__all__ = ["PIECE_BYTES", "Exchange", "Head", "in_thread"]

PIECE_BYTES = 256 * 1024
"""Of a body that are read or sent at once."""
LARGEST_REFUSAL_BYTES = 64 * 1024
"""Of a refusal's body; the rest is not read."""
MOST_HEADERS = 100
CONTINUE_SECONDS = 5.0
"""To wait for the server's word that it takes the body; afterwards it is sent without one."""
STALLED_SECONDS = 60.0
"""To wait for the next piece of a body."""

Result = TypeVar("Result")


async def in_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call what waits for a disk without keeping others waiting."""
    try:
        called = asyncio.get_running_loop().run_in_executor(None, function, *arguments)
    except RuntimeError:
        # The interpreter is about to end: it starts no threads, and there are no others to keep waiting.
        return function(*arguments)
    return await called


@dataclass(frozen=True)
class Head:
    """The beginning of an answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]

    @property
    def length(self) -> int | None:
        """The bytes of the body, where the server says so."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isdigit() else None


class Exchange:
    """A connection for one request and its answer; an async context manager."""

    def __init__(self, address: Address, timeout: float) -> None:
        self._address = address
        self._timeout = timeout
        self._reader: _Reader
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> Exchange:
        parts = urlsplit(self._address.endpoint)
        secure = ssl.create_default_context() if parts.scheme == "wss" else None
        port = parts.port or (443 if secure else 80)
        try:
            opening = _open(parts.hostname or "", port, secure)
            self._reader, self._writer = await asyncio.wait_for(opening, self._timeout)
        except (OSError, asyncio.TimeoutError) as error:
            raise ConnectionLost(
                f"no connection to {parts.netloc}: {error or 'no answer in time'}",
                outcome="not_applied",
            ) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader.spare is not None:
            self._reader.spare.close()
        # Without a goodbye where the body was not taken whole: nobody waits for the rest.
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def begin(self, method: str, target: str, headers: Mapping[str, str]) -> None:
        """Send the request's line and headers."""
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {urlsplit(self._address.endpoint).netloc}",
            "Connection: close",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        if self._address.token:
            lines.append(f"Authorization: Bearer {self._address.token}")
        await self._send("\r\n".join([*lines, "", ""]).encode())

    async def _send(self, octets: bytes | memoryview) -> None:
        try:
            self._writer.write(octets)
            await self._writer.drain()
        except OSError as error:
            raise self._lost(str(self._reader.broken or error)) from error

    def _lost(self, reason: str) -> ConnectionLost:
        netloc = urlsplit(self._address.endpoint).netloc
        return ConnectionLost(
            f"the connection to {netloc} was lost: {reason}", outcome="not_applied"
        )

    async def head(self) -> Head:
        """Wait for the beginning of an answer; also one that is only the word to go on (100)."""
        words = (await self._line()).split(maxsplit=2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
            raise ProtocolError("the server did not answer in HTTP")
        headers: dict[str, str] = {}
        while line := await self._line():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
            if len(headers) > MOST_HEADERS:
                raise ProtocolError("the server answered with too many headers")
        return Head(int(words[1]), headers)

    async def _line(self) -> str:
        try:
            line = await self._reader.readline()
        except ValueError as error:
            raise self._lost(str(error)) from error
        if not line.endswith(b"\n"):
            raise self._lost(str(self._reader.broken or "it ended before an answer"))
        return line.decode("latin-1").rstrip("\r\n")

    async def send_body(self, pieces: AsyncIterator[bytes], *, chunked: bool) -> Head:
        """Send a body once the server takes it, and wait for the answer; the rest of a refused one is not sent."""
        answer = asyncio.ensure_future(self.head())
        try:
            await asyncio.wait([answer], timeout=CONTINUE_SECONDS)
            if answer.done():
                if answer.result().status != 100:
                    return answer.result()
                answer = asyncio.ensure_future(self.head())
            sent = asyncio.ensure_future(self._send_pieces(pieces, chunked=chunked))
            try:
                await asyncio.wait([sent, answer], return_when=asyncio.FIRST_COMPLETED)
                return await self._answered(sent, answer)
            finally:
                await _end(sent)
        finally:
            await _end(answer)

    async def _answered(self, sent: asyncio.Future[None], answer: asyncio.Future[Head]) -> Head:
        failure = sent.exception() if sent.done() else None
        if failure is not None and not isinstance(failure, ConnectionLost):
            # The source: no answer is of interest.
            raise failure
        try:
            head = await answer
            while head.status == 100:
                head = await self.head()
            return head
        except ConnectionLost as error:
            if failure is not None:
                raise failure from None
            if sent.done():
                # The server had everything, and may have put it in place.
                raise ConnectionLost(str(error)) from error
            raise

    async def _send_pieces(self, pieces: AsyncIterator[bytes], *, chunked: bool) -> None:
        async for piece in pieces:
            framed = b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
            await self._send(framed)
        if chunked:
            await self._send(b"0\r\n\r\n")

    async def pieces(self, head: Head) -> AsyncIterator[bytes]:
        """Yield the body of an answer as it comes.

        Raises:
            ConnectionLost: where it ends before its end.

        """
        if head.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := _chunk_size(await self._line()):
                async for piece in self._exactly(size):
                    yield piece
                await self._line()
            return
        if head.length is None:
            while piece := await self._some(PIECE_BYTES):
                yield piece
            return
        async for piece in self._exactly(head.length):
            yield piece

    async def _exactly(self, length: int) -> AsyncIterator[bytes]:
        left = length
        while left:
            piece = await self._some(min(left, PIECE_BYTES))
            if not piece:
                raise self._lost(f"{left} of {length} bytes did not come")
            left -= len(piece)
            yield piece

    async def _some(self, most: int) -> bytes:
        try:
            return await asyncio.wait_for(self._reader.read(most), STALLED_SECONDS)
        except asyncio.TimeoutError:
            raise self._lost(f"nothing came for {STALLED_SECONDS:.0f} s") from None

    async def document(self, head: Head) -> Any:
        """Return the JSON of an answer.

        Raises:
            RequestError: where it is the server's refusal.

        """
        octets = bytearray()
        async for piece in self.pieces(head):
            octets += piece
            if len(octets) > LARGEST_REFUSAL_BYTES:
                break
        try:
            body = json.loads(bytes(octets))
        except ValueError:
            body = None
        if head.status >= 400 or not isinstance(body, dict):
            raise self._refusal(head, body)
        return body

    def _refusal(self, head: Head, body: Any) -> Hdf5AsyncError:
        if isinstance(body, dict) and "code" in body:
            return exceptions.from_wire(body)
        netloc = urlsplit(self._address.endpoint).netloc
        return ProtocolError(
            f"{netloc} answered with HTTP status {head.status} and without a reason"
        )


class _Reader(asyncio.StreamReader):
    """What the server says, all of it: asyncio throws away what is not read yet where it cannot write any more."""

    def __init__(self) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self.spare: socket.socket | None = None
        """The connection's socket once more, which is still open when asyncio has closed its own."""
        self.broken: BaseException | None = None
        """Why the connection ended, where it did not end in order."""

    def set_exception(self, exc: BaseException) -> None:
        """End as a connection that was closed, after what the server said before it broke."""
        self.broken = exc
        said = b""
        if self.spare is not None:
            with contextlib.suppress(OSError):
                said = self.spare.recv(LARGEST_REFUSAL_BYTES)
        if said:
            self.feed_data(said)
        self.feed_eof()


async def _open(
    host: str, port: int, secure: ssl.SSLContext | None
) -> tuple[_Reader, asyncio.StreamWriter]:
    """Connect, as ``asyncio.open_connection`` does with a reader of its own."""
    loop = asyncio.get_running_loop()
    reader = _Reader()
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, host, port, ssl=secure)
    if secure is None:
        reader.spare = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _chunk_size(line: str) -> int:
    try:
        return int(line.partition(";")[0], 16)
    except ValueError:
        raise ProtocolError(f"the server sent a chunk of {line!r} bytes") from None


async def _end(task: asyncio.Future[Any]) -> None:
    """Stop what may still run, and take note of how it ended."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
