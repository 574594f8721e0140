"""The protocol without I/O: request ids, answers to their requests, frames to their arrays, events.

Nothing here opens a socket or knows asyncio. A connection asks :class:`Protocol` for the message to send, feeds
it every message that arrives, and is told what that message settled.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union
from typing import Protocol as Interface

from . import events, exceptions
from .exceptions import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "PROTOCOL_VERSION",
    "SUBPROTOCOL",
    "Answered",
    "Failed",
    "Happened",
    "Protocol",
    "Sink",
    "decode_frame",
    "encode_frame",
]

PROTOCOL_VERSION = 1
SUBPROTOCOL = "hdf5-async.v1"

Header = dict[str, Any]


class Sink(Interface):
    """Takes the values of a binary answer, frame by frame."""

    def accept(self, header: Mapping[str, Any], values: memoryview) -> None:
        """Take one frame: what its header says, and its values."""

    def result(self) -> Any:
        """Return what has arrived, after the last frame."""


@dataclass(frozen=True)
class Answered:
    """A request succeeded; ``result`` is what its sink made, or None without one."""

    request: int
    body: Header
    result: Any = None


@dataclass(frozen=True)
class Failed:
    """A request failed; ``request`` is None where the server could not tell which."""

    request: int | None
    error: exceptions.Hdf5AsyncError


@dataclass(frozen=True)
class Happened:
    """An event arrived."""

    event: events.Event


Received = Union[Answered, Failed, Happened, None]
"""What a message settled; None for one that is only a part of an answer."""


class Protocol:
    """One connection's requests under way."""

    def __init__(self) -> None:
        self.max_message_bytes: int | None = None
        """The server's limit, once it is known; a longer message would end the connection."""
        self._next_id = 1
        # The sinks of requests that wait for their answer; None where the answer is one text message.
        self._waiting: dict[int, Sink | None] = {}
        # Cancelled here and not answered yet: what still comes for them is dropped.
        self._abandoned: set[int] = set()

    @property
    def waiting(self) -> Iterable[int]:
        """The ids of requests without an answer."""
        return tuple(self._waiting)

    def request(
        self,
        command: str,
        fields: Mapping[str, Any],
        *,
        file: str | None = None,
        payload: bytes | memoryview | None = None,
        sink: Sink | None = None,
    ) -> tuple[int, str | bytes]:
        """Return a new request's id and the message to send, binary where it has a payload.

        Raises:
            TooLargeError: where the server would not take it.

        """
        request = self._next_id
        message: Header = {"id": request}
        if file is not None:
            message["file"] = file
        message["command"] = command
        message.update(fields)
        text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        whole = text if payload is None else encode_frame(text, payload)
        self._check_size(whole, command)
        self._next_id += 1
        self._waiting[request] = sink
        return request, whole

    def _check_size(self, message: str | bytes, command: str) -> None:
        limit = self.max_message_bytes
        # A character is at most four bytes, so that short texts need not be encoded to be measured.
        if limit is None or len(message) * (4 if isinstance(message, str) else 1) <= limit:
            return
        n_bytes = len(message.encode()) if isinstance(message, str) else len(message)
        if n_bytes > limit:
            raise exceptions.TooLargeError(
                f"{command}: the message has {n_bytes} bytes, the server takes {limit}",
                code="message_too_large",
                outcome="not_applied",
            )

    def abandon(self, request: int) -> bool:
        """Forget a request; whether it was still waiting and is worth a ``cancel``."""
        if request not in self._waiting:
            return False
        del self._waiting[request]
        self._abandoned.add(request)
        return True

    def receive(self, message: str | bytes) -> Received:
        """Take a message of the server.

        Raises:
            ProtocolError: where it is none; the connection is of no use any more.

        """
        values: memoryview | None = None
        if isinstance(message, bytes):
            text, values = decode_frame(message)
        else:
            text = message
        try:
            header = json.loads(text)
        except ValueError as error:
            raise ProtocolError(f"the server sent a message that is not JSON: {error}") from None
        if not isinstance(header, dict):
            raise ProtocolError("the server sent JSON that is not an object")
        if "event" in header:
            return Happened(events.from_wire(header))
        return self._answer(header, values)

    def _answer(self, header: Header, values: memoryview | None) -> Received:
        request = header.get("id")
        last = values is None or header.get("last", True)
        if request in self._abandoned:
            if last:
                self._abandoned.discard(request)
            return None
        if header.get("status") != "success":
            if request is not None:
                self._waiting.pop(request, None)
            return Failed(request, exceptions.from_wire(header))
        if request not in self._waiting:
            raise ProtocolError(f"the server answered request {request!r}, which was not asked")
        return self._success(request, header, values, last=last)

    def _success(
        self, request: int, header: Header, values: memoryview | None, *, last: bool
    ) -> Received:
        sink = self._waiting[request]
        result = None
        try:
            if sink is not None:
                sink.accept(header, memoryview(b"") if values is None else values)
                result = sink.result() if last else None
        except Exception as error:
            # The caller's array or callback does not take the values: its fault ends its request, not the
            # connection. What else comes for it is dropped.
            self._waiting.pop(request)
            if not last:
                self._abandoned.add(request)
            return Failed(request, _as_failure(error))
        if not last:
            return None
        self._waiting.pop(request)
        return Answered(request, header, result)


def _as_failure(error: Exception) -> exceptions.Hdf5AsyncError:
    if isinstance(error, exceptions.Hdf5AsyncError):
        return error
    failure = exceptions.Hdf5AsyncError(f"the values could not be taken: {error}")
    failure.__cause__ = error
    return failure


def encode_frame(header: str, values: bytes | memoryview) -> bytes:
    """Return a binary message: header length, header, zeros to a multiple of 8, values."""
    encoded = header.encode()
    padding = bytes(-(4 + len(encoded)) % 8)
    return b"".join((struct.pack("<I", len(encoded)), encoded, padding, values))


def decode_frame(frame: bytes) -> tuple[str, memoryview]:
    """Return the header and the values of a binary message.

    Raises:
        ProtocolError: where it is cut off, or its header is not text.

    """
    if len(frame) < 4:
        raise ProtocolError(f"a binary message of {len(frame)} bytes is too short for its header")
    (header_bytes,) = struct.unpack_from("<I", frame)
    if len(frame) < 4 + header_bytes:
        raise ProtocolError(
            f"a binary message of {len(frame)} bytes is too short for its header of {header_bytes}"
        )
    try:
        header = frame[4 : 4 + header_bytes].decode()
    except UnicodeDecodeError:
        raise ProtocolError("the header of a binary message is not UTF-8") from None
    return header, memoryview(frame)[4 + header_bytes + -(4 + header_bytes) % 8 :]
