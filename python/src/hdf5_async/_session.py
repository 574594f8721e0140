"""One WebSocket from handshake to close: sends requests, waits for their answers, hands events on."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any, Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from . import _requests, exceptions
from ._messages import ServerInfo
from ._protocol import PROTOCOL_VERSION, SUBPROTOCOL, Answered, Failed, Happened, Protocol
from .exceptions import (
    ConnectionLost,
    Hdf5AsyncError,
    ProtocolError,
    UnsupportedError,
    VersionError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._address import Address
    from ._protocol import Sink
    from .events import Event

__all__ = ["Session"]

logger = logging.getLogger("hdf5_async")


def check_version(hello: Mapping[str, Any]) -> None:
    """See that the server answered in the version that this client speaks.

    Raises:
        VersionError: where it did not.

    """
    if hello.get("version") != PROTOCOL_VERSION:
        raise VersionError(
            f"the server {hello.get('server_version', '')} speaks version {hello.get('version')} of the "
            f"protocol, this client {PROTOCOL_VERSION}",
            code="unsupported",
        )


class Session:
    """The requests under way on one socket; of no use any more once ``lost`` is done."""

    def __init__(self, socket: ClientConnection, on_event: Callable[[Event], None]) -> None:
        self._socket = socket
        self._on_event = on_event
        self._protocol = Protocol()
        self._answers: dict[int, asyncio.Future[Answered]] = {}
        # What the server said without naming a request, most likely why it closes the connection.
        self._complaint: Hdf5AsyncError | None = None
        self._cancels: set[asyncio.Task[None]] = set()
        self._closed: ConnectionLost | None = None
        self.lost = asyncio.create_task(self._read(), name="hdf5-async reader")
        """Ends with the socket, and never with an exception."""

    @classmethod
    async def open(
        cls,
        address: Address,
        name: str | None,
        timeout: float,
        on_event: Callable[[Event], None],
        durability: str | None = None,
    ) -> tuple[Session, ServerInfo]:
        """Connect, say hello and learn the server's limits.

        Raises:
            UnauthorizedError: without the right token.
            ConnectionLost: where no server answers.

        """
        headers = {"Authorization": f"Bearer {address.token}"} if address.token else {}
        try:
            socket = await connect(
                address.endpoint,
                additional_headers=headers,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                max_size=None,
                open_timeout=timeout,
            )
        except InvalidStatus as error:
            raise _refusal(error, address) from error
        except (OSError, InvalidHandshake, asyncio.TimeoutError) as error:
            raise ConnectionLost(
                f"no connection to {address.endpoint}: {error or 'no answer in time'}",
                outcome="not_applied",
            ) from error
        session = cls(socket, on_event)
        try:
            info = await session.hello(name, durability)
        except BaseException:
            await session.close()
            raise
        return session, info

    async def hello(self, name: str | None, durability: str | None = None) -> ServerInfo:
        """Say who this is, and keep to the limits that the server names."""
        fields = _requests.hello(version=PROTOCOL_VERSION, name=name, durability=durability)
        try:
            body = (await self.call("hello", fields)).body
        except UnsupportedError as error:
            raise VersionError(
                f"{error}; this client speaks {PROTOCOL_VERSION}", code=error.code
            ) from error
        check_version(body)
        info = ServerInfo.from_wire(body)
        self._protocol.max_message_bytes = info.limits.max_message_bytes
        return info

    async def call(
        self,
        command: str,
        fields: Mapping[str, Any],
        *,
        file: str | None = None,
        payload: bytes | memoryview | None = None,
        sink: Sink | None = None,
    ) -> Answered:
        """Send a request and wait for its answer; cancelling the caller cancels the request."""
        if self._closed is not None:
            raise ConnectionLost(str(self._closed), outcome="not_applied") from self._closed
        request, message = self._protocol.request(
            command, fields, file=file, payload=payload, sink=sink
        )
        answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._answers[request] = answer
        try:
            try:
                await self._socket.send(message)
            except ConnectionClosed:
                # The reader meets the same end and says more about it.
                await asyncio.wait([answer])
            return await answer
        except asyncio.CancelledError:
            self._cancel(request)
            raise
        finally:
            self._answers.pop(request, None)
            if answer.done() and not answer.cancelled():
                # Read, so that an answer that crossed a cancellation is not reported as forgotten.
                answer.exception()

    def _cancel(self, request: int) -> None:
        if self._closed is not None or not self._protocol.abandon(request):
            return
        _, message = self._protocol.request("cancel", _requests.cancel(request))
        task = asyncio.create_task(self._send_quietly(message), name="hdf5-async cancel")
        self._cancels.add(task)
        task.add_done_callback(self._cancels.discard)

    async def _send_quietly(self, message: str | bytes) -> None:
        try:
            await self._socket.send(message)
        except ConnectionClosed:
            logger.debug("the connection ended before a request could be cancelled")

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                self._settle(message)
            ending = self._ending()
        except ConnectionClosed:
            ending = self._ending()
        except ProtocolError as error:
            ending = ConnectionLost(str(error))
            ending.__cause__ = error
            await self._socket.close(1002)
        except Exception as error:
            logger.exception("the connection is closed after a fault of this package")
            ending = ConnectionLost(f"a fault of this package: {error}")
            ending.__cause__ = error
            await self._socket.close(1011)
        self._closed = ending
        for answer in self._answers.values():
            if not answer.done():
                lost = ConnectionLost(str(ending))
                lost.__cause__ = ending.__cause__
                answer.set_exception(lost)

    def _ending(self) -> ConnectionLost:
        closed = self._socket.protocol
        reason = closed.close_reason or "without a reason"
        ending = ConnectionLost(f"the connection was closed ({closed.close_code}, {reason})")
        if self._complaint is not None:
            ending = ConnectionLost(f"{ending}: {self._complaint}")
            ending.__cause__ = self._complaint
        return ending

    def _settle(self, message: str | bytes) -> None:
        received = self._protocol.receive(message)
        if isinstance(received, Happened):
            self._on_event(received.event)
        elif isinstance(received, Answered):
            answer = self._answers.get(received.request)
            if answer is not None and not answer.done():
                answer.set_result(received)
        elif isinstance(received, Failed):
            if received.request is None:
                self._complaint = received.error
                logger.warning("the server complains: %s", received.error)
                return
            answer = self._answers.get(received.request)
            if answer is not None and not answer.done():
                answer.set_exception(received.error)

    async def close(self) -> None:
        """Close the socket and wait until everything that waited has been told."""
        await self._socket.close()
        await asyncio.wait([self.lost])


def _refusal(error: InvalidStatus, address: Address) -> Hdf5AsyncError:
    """Make the exception of an HTTP answer; the server says why in the words of an error reply."""
    status = error.response.status_code
    try:
        return exceptions.from_wire(json.loads(error.response.body or b""))
    except (ValueError, AttributeError):
        message = f"{address.endpoint} answered with HTTP status {status} and without a reason"
        return ConnectionLost(message, outcome="not_applied")
