"""Changes that are made only if nobody has changed the object since it was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _requests
from ._messages import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._client import Client
    from ._connection import Connection
    from ._protocol import Answered

__all__ = ["ConditionCommands"]


class ConditionalConnection:
    """A connection whose changes are bound to a position."""

    def __init__(self, connection: Connection, position: Position) -> None:
        self._connection = connection
        self._terms = {"if_seq": position.seq, "if_epoch": position.epoch}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def call(self, command: str, fields: Mapping[str, Any], **options: Any) -> Answered:
        """Send a request, a change with its condition."""
        terms = self._terms if command in _requests.CHANGES else {}
        return await self._connection.call(command, {**terms, **fields}, **options)


class ConditionCommands:
    """A part of :class:`hdf5_async.Client`."""

    _connection: Connection
    _file: str | None

    async def position(self, *, file: str | None = None) -> Position:
        """Return the place of the last event of a file, to be taken before something is read."""
        answered = await self._connection.call(
            "describe", _requests.describe("/"), file=file or self._file
        )
        return Position(answered.body["epoch"], answered.body["seq"])

    def if_unchanged(self, position: Position) -> Client:
        """Return a client whose changes are made only if the object was not changed after ``position``.

        Take the position, read, and write what follows from it::

            position = await client.position()
            count = await client.read("/count")
            await client.if_unchanged(position).write("/count", count + 1)

        Where somebody was faster, :exc:`hdf5_async.exceptions.ConflictError` is raised and nothing is changed.
        An array that is larger than a message is written in parts, of which the second would meet the event of
        the first: it is refused.
        """
        from ._client import Client

        connection: Any = ConditionalConnection(self._connection, position)
        return Client(connection, self._file)
