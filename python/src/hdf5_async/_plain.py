"""The plain interface: one call a command, and every reply a dict with ``status``, ``data`` and ``message``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._client import connect
from ._json_values import from_json
from ._tcp import TcpSession
from ._transfer import Values
from .exceptions import ConnectionLost, Hdf5AsyncError, RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from types import TracebackType

    from ._client import Client

__all__ = ["HDF5Client"]

Reply = dict[str, Any]


class HDF5Client:
    """A client whose methods never raise for what the server refuses; they return it.

    A reply is ``{"status": "success", "data": ..., "message": ...}`` or
    ``{"status": "error", "data": None, "message": ..., "code": ...}``.

    Args:
        host: of the server.
        port: of its WebSocket, or with ``tcp`` of its plain TCP port.
        token: to enter with, otherwise the variable ``HDF5_ASYNC_TOKEN``.
        file: which file, where the server serves several.
        tcp: whether ``port`` is the plain TCP port.
        name: shown to others as the author of this client's changes.
        timeout: seconds to wait for a connection.

    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 8590,
        *,
        token: str | None = None,
        file: str | None = None,
        tcp: bool = False,
        name: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._host, self._port, self._token = host, port, token
        self._file, self._tcp, self._name, self._timeout = file, tcp, name, timeout
        self._client: Client | None = None
        self._session: TcpSession | None = None

    async def connect(self) -> Reply:
        """Connect to the server."""
        return await self._reply(self._open(), f"connected to {self._host}:{self._port}")

    async def _open(self) -> None:
        if self._tcp:
            from ._address import Address

            token = Address.parse(f"{self._host}:{self._port}", self._token).token
            self._session = await TcpSession.open(
                self._host, self._port, token, self._name, self._timeout
            )
            return
        self._client = await connect(
            f"ws://{self._host}:{self._port}",
            token=self._token,
            name=self._name,
            timeout=self._timeout,
        )

    async def close(self) -> Reply:
        """Close the connection."""
        client, self._client = self._client, None
        session, self._session = self._session, None
        if client is not None:
            await client.close()
        if session is not None:
            await session.close()
        return _success(None, "closed")

    async def __aenter__(self) -> HDF5Client:
        reply = await self.connect()
        if reply["status"] != "success":
            raise ConnectionLost(reply["message"], outcome="not_applied")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def create_group(self, path: str) -> Reply:
        """Make a group, and the groups above it that are missing."""
        return await self._reply(self._ask("create_group", path), f"created the group {path}")

    async def write(self, path: str, data: Any) -> Reply:
        """Make the dataset of the values, whatever was there."""
        return await self._reply(self._send("write", path, data), f"wrote {path}")

    async def read(self, path: str) -> Reply:
        """Return all values as ``data``."""
        return await self._reply(self._read(path), f"read {path}")

    async def update(self, path: str, data: Any) -> Reply:
        """Give a dataset that exists other values."""
        return await self._reply(self._send("update", path, data), f"updated {path}")

    async def list(self, path: str = "/") -> Reply:
        """Return the names of a group's links as ``data``."""
        return await self._reply(self._names(path), f"listed {path}")

    async def append(self, path: str, data: Any) -> Reply:
        """Put values behind the last; a dataset that does not exist is made."""
        return await self._reply(self._send("append", path, data), f"appended to {path}")

    async def insert(self, path: str, index: int, data: Any) -> Reply:
        """Put values before those at ``index`` of the first axis."""
        return await self._reply(
            self._send("insert", path, data, index=index), f"inserted into {path}"
        )

    async def delete(self, path: str) -> Reply:
        """Remove a link, and with the last link the object."""
        return await self._reply(self._ask("delete", path), f"deleted {path}")

    async def _call(self, command: str, fields: Reply) -> Reply:
        """Ask with everything in JSON, the same over either way."""
        fields = {"file": self._file, **fields}
        if self._session is not None:
            return await self._session.call(command, fields)
        if self._client is None:
            raise ConnectionLost("not connected; call connect first", outcome="not_applied")
        present = {name: value for name, value in fields.items() if value is not None}
        answered = await self._client._connection.call(command, present)
        return answered.body

    async def _ask(self, command: str, path: str) -> None:
        await self._call(command, {"path": path})

    async def _names(self, path: str) -> Any:
        if self._client is not None:
            return [child.name for child in await self._client.list(path, file=self._file)]
        names: Any = []
        while True:
            page = await self._call("list", {"path": path, "offset": len(names)})
            names += [child["name"] for child in page["children"]]
            if not page["children"] or len(names) >= page["total"]:
                return names

    async def _read(self, path: str) -> Any:
        if self._client is not None:
            return await self._client.read(path, file=self._file)
        body = await self._call("read", {"path": path})
        return from_json(body["data"], body["datatype"], body.get("shape"))

    async def _send(self, command: str, path: str, data: Any, **fields: Any) -> None:
        if self._client is not None and command in ("write", "update", "append", "insert"):
            method = getattr(self._client, command)
            await method(path, data=data, **fields, file=self._file)
            return
        await self._call(command, {"path": path, **Values.of(data).in_json(), **fields})

    async def _reply(self, work: Awaitable[Any], message: str) -> Reply:
        try:
            return _success(await work, message)
        except RequestError as error:
            return _failure(str(error), error.code)
        except ConnectionLost as error:
            return _failure(str(error), "connection_lost")
        except Hdf5AsyncError as error:
            return _failure(str(error), "protocol")


def _success(data: Any, message: str) -> Reply:
    return {"status": "success", "data": data, "message": message}


def _failure(message: str, code: str) -> Reply:
    return {"status": "error", "data": None, "message": message, "code": code}
