"""The plain TCP port: JSON messages behind their length, one request after the other."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import TYPE_CHECKING, Any

from . import exceptions
from ._protocol import PROTOCOL_VERSION
from ._session import check_version
from .exceptions import ConnectionLost, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TcpSession"]

LENGTH_BYTES = 4
MAX_ANSWER_BYTES = 1 << 30
"""An answer that says it is longer is none: the other side does not speak the protocol."""


class TcpSession:
    """One connection to the TCP port; requests wait for each other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    @classmethod
    async def open(
        cls, host: str, port: int, token: str | None, name: str | None, timeout: float
    ) -> TcpSession:
        """Connect and say hello.

        Raises:
            UnauthorizedError: without the right token.
            ConnectionLost: where no server answers.

        """
        try:
            streams = await asyncio.wait_for(asyncio.open_connection(host, port), timeout)
        except (OSError, asyncio.TimeoutError) as error:
            raise ConnectionLost(
                f"no connection to {host}:{port}: {error or 'no answer in time'}",
                outcome="not_applied",
            ) from error
        session = cls(*streams)
        try:
            fields = {"version": PROTOCOL_VERSION, "name": name, "token": token}
            check_version(await session.call("hello", fields))
        except BaseException:
            await session.close()
            raise
        return session

    async def call(self, command: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and return its answer; fields that are None are left out.

        Raises:
            RequestError: where the server refuses.
            ConnectionLost: where the connection ends before the answer came.

        """
        present = {name: value for name, value in fields.items() if value is not None}
        message = json.dumps({"command": command, **present}, allow_nan=False).encode()
        async with self._turn:
            try:
                self._writer.write(struct.pack(">I", len(message)) + message)
                await self._writer.drain()
                answer = await self._answer()
            except (OSError, asyncio.IncompleteReadError) as error:
                raise ConnectionLost(f"the connection was closed: {error}") from error
            except asyncio.CancelledError:
                # Its answer would be taken for that of the next request.
                self._writer.close()
                raise
        if answer.get("status") != "success":
            raise exceptions.from_wire(answer)
        return answer

    async def _answer(self) -> dict[str, Any]:
        (n_bytes,) = struct.unpack(">I", await self._reader.readexactly(LENGTH_BYTES))
        if n_bytes > MAX_ANSWER_BYTES:
            raise ProtocolError(f"an answer of {n_bytes} bytes: this is not the server's TCP port")
        answer = json.loads(await self._reader.readexactly(n_bytes))
        if not isinstance(answer, dict):
            raise ProtocolError("the server sent JSON that is not an object")
        return answer

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            # The other side was faster.
            return
