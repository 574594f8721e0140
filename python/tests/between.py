"""Something between a client and its server: it counts what passes, breaks connections off, and speaks TLS."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from live_server import LiveServer

__all__ = ["Between"]


class Between:
    """Hands everything on in both directions; an async context manager.

    ``cut_up`` and ``cut_down`` are the bytes of a connection after which it ends, on the way to the server and from
    it; ``came_down`` are those that came from it on all connections.
    """

    def __init__(self, server: LiveServer, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls
        self._listener: asyncio.Server | None = None
        self._serving: list[asyncio.Future[None]] = []
        self.cut_up: int | None = None
        self.cut_down: int | None = None
        self.came_down = 0

    def url(self, file: str = "") -> str:
        """The address with the token, as :meth:`LiveServer.url`."""
        assert self._listener is not None
        port = self._listener.sockets[0].getsockname()[1]
        whole = urlsplit(self._server.url(file))
        scheme = "ws" if self._tls is None else "wss"
        return f"{scheme}://localhost:{port}{whole.path}#{whole.fragment}"

    async def __aenter__(self) -> Between:
        self._listener = await asyncio.start_server(self._accept, "localhost", 0, ssl=self._tls)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._listener is not None
        self._listener.close()
        await asyncio.gather(*self._serving)

    def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self._serving.append(asyncio.ensure_future(self._serve(client, to_client)))

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._server.port)
        up = asyncio.ensure_future(self._hand_on(client, to_server, self.cut_up, down=False))
        down = asyncio.ensure_future(self._hand_on(server, to_client, self.cut_down, down=True))
        await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        # A client that has only said all waits for the answer.
        if not up.done() or not up.result():
            down.cancel()
        await asyncio.wait([down])
        up.cancel()
        await asyncio.wait([up])
        to_client.transport.abort()
        to_server.transport.abort()

    async def _hand_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        cut: int | None,
        *,
        down: bool,
    ) -> bool:
        """Return whether it ended in order: not cut off, and not broken."""
        passed = 0
        try:
            while cut is None or passed < cut:
                piece = await reader.read(65536 if cut is None else min(65536, cut - passed))
                if not piece:
                    if not down:
                        writer.write_eof()
                    return True
                writer.write(piece)
                await writer.drain()
                passed += len(piece)
                if down:
                    self.came_down += len(piece)
        except (OSError, RuntimeError):
            pass
        return False
