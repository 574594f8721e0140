"""The client: every command of the protocol as a coroutine, in numpy's and Python's types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _requests
from ._address import Address
from ._attribute_commands import AttributeCommands
from ._conditions import ConditionCommands
from ._connection import Connection
from ._dataset_commands import DatasetCommands
from ._element_commands import ElementCommands
from ._following import follow
from ._many import ManyCommands
from ._object_commands import ObjectCommands
from ._querying import QueryCommands
from ._subscription import Subscription
from ._tree_commands import TreeCommands
from ._whole_files import WholeFiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from types import TracebackType

    import numpy as np

    from ._messages import Position, ServerInfo

__all__ = ["Client", "connect"]


class connect:  # noqa: N801 - used as a function
    """Connect to a server: ``async with connect(url) as client`` or ``client = await connect(url)``.

    Args:
        url: ``ws://host:port``, ``ws://host:port/file.h5`` for a default file, or the address as the server
            printed it, ``http://host:port/#token=...``.
        token: to enter with; otherwise the address's, otherwise the variable ``HDF5_ASYNC_TOKEN``.
        name: shown to others as the author of this client's changes.
        timeout: seconds to wait for a connection, at first and whenever it was lost.
        reconnect: whether to connect again when the connection is lost.
        durability: when changes are answered: ``"commit"``, when they survive a crash, which is the server's
            default, or ``"applied"``, when everybody sees them, a fraction of a second before that.

    Raises:
        UnauthorizedError: without the right token.
        ConnectionLost: where no server answers.

    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        name: str | None = None,
        timeout: float = 10.0,
        reconnect: bool = True,
        durability: str | None = None,
    ) -> None:
        address = Address.parse(url, token)
        connection = Connection(address, name, timeout, reconnect, durability)
        self._client = Client(connection, address.file)

    def __await__(self) -> Generator[Any, None, Client]:
        return self._open().__await__()

    async def _open(self) -> Client:
        await self._client._connection.open()
        return self._client

    async def __aenter__(self) -> Client:
        return await self._open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()


class Client(
    AttributeCommands,
    ConditionCommands,
    DatasetCommands,
    ElementCommands,
    ManyCommands,
    ObjectCommands,
    QueryCommands,
    TreeCommands,
    WholeFiles,
):
    """A connection to a server; made by :class:`connect`.

    Every method may be called by many tasks at once. ``file`` names a served file; it may be left out where the
    address named one or the server serves only one.
    """

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection and end the subscriptions."""
        await self._connection.close()

    @property
    def server(self) -> ServerInfo:
        """What the server said about itself, this session and its limits."""
        return self._connection.server

    async def hello(self, name: str) -> ServerInfo:
        """Change the name under which this client's changes are announced."""
        return await self._connection.hello(name)

    async def ping(self) -> float:
        """Return the server's clock, in seconds since 1970-01-01 UTC."""
        answered = await self._connection.call("ping", _requests.ping())
        return float(answered.body["time"])

    async def flush(self, *, file: str | None = None) -> None:
        """Hand everything that HDF5 holds in memory to the operating system."""
        await self._ask("flush", _requests.flush(), file)

    def subscribe(
        self,
        path: str = "/",
        *,
        data: bool = False,
        snapshot: bool = False,
        since: Position | None = None,
        max_rate: float | None = None,
        file: str | None = None,
    ) -> Subscription:
        """Watch everything at or below a path: ``async with client.subscribe("/") as changes``.

        Args:
            path: what to watch.
            data: small written values ride along with the events.
            snapshot: the subscription holds the object as it was where the events begin.
            since: also the events after this position, where the server still holds them.
            max_rate: events per second and path; more are merged.
            file: the file, as everywhere.

        """
        options = {"data": data, "snapshot": snapshot, "max_rate": max_rate}
        return Subscription(self._connection, file or self._file, path, options, since)

    def follow(
        self, path: str, *, from_start: bool = False, file: str | None = None
    ) -> AsyncIterator[np.ndarray[Any, Any]]:
        """Yield the rows that anybody appends to a dataset, each once and in order.

        ``async for rows in client.follow("/log")`` gives arrays of one row or more along the first axis;
        with ``from_start`` those that are there come first. Rows that were missed while the connection was
        lost are read when it is back.
        """
        return follow(self, path, from_start=from_start, file=file)
