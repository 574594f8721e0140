"""Many at once: batches that are done or not as a whole, reads of several datasets, and several descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _requests
from ._messages import ObjectInfo
from ._selection import selection_text
from ._sink import ArraySink
from ._transfer import Values
from .exceptions import InvalidRequestError, from_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from ._connection import Connection

__all__ = ["Batch", "ManyCommands"]

_NONE = object()
"""No values, which is not the value None."""


class ManySink:
    """Takes the frames of an answer to several reads; a read that failed becomes its error."""

    def __init__(self, count: int) -> None:
        self._sinks = [ArraySink() for _ in range(count)]
        self._errors: dict[int, Exception] = {}

    def accept(self, header: Mapping[str, Any], values: memoryview) -> None:
        """Take one frame: what its header says, and its values."""
        item = header["item"]
        if "error" in header:
            self._errors[item] = from_wire(header["error"])
        else:
            self._sinks[item].accept(header, values)

    def result(self) -> list[Any]:
        """Return what has arrived, in the order asked for."""
        return [
            self._errors[item] if item in self._errors else sink.result()
            for item, sink in enumerate(self._sinks)
        ]


class Batch:
    """Commands that are done together or not at all; made by :meth:`hdf5_async.Client.batch`.

    ``replies`` holds the fields of each command's reply once the batch is done; it is empty where the batch
    turned out to have been done before a connection was lost, and its replies were too long to be kept.
    """

    def __init__(self, connection: Connection, file: str | None) -> None:
        self._connection = connection
        self._file = file
        self._commands: list[dict[str, Any]] = []
        self._payload: list[bytes | memoryview] = []
        self.replies: list[dict[str, Any]] | None = None

    def add(
        self, command: str, path: str, data: Any = _NONE, *, dtype: Any = None, **fields: Any
    ) -> Batch:
        """Add a command by its name in the protocol, with its values where it has any.

        ``batch.add("write", "/scan/counts", array)``; other fields of the command go by their names, a
        selection may be a numpy index.
        """
        builder = _requests.BUILDERS.get(command)
        if builder is None:
            raise InvalidRequestError(f"{command!r} is not a command", code="unknown_command")
        payload: bytes | memoryview | None = None
        if fields.get("selection") is not None:
            fields["selection"] = selection_text(fields["selection"])
        if data is not _NONE:
            sent, payload = Values.of(data, dtype).request()
            fields.update(sent)
        try:
            built = builder(path=path, **fields)
        except TypeError as error:
            raise InvalidRequestError(f"{command}: {error}", code="invalid_request") from None
        built = {"command": command, **built}
        if payload is not None:
            built["bytes"] = len(payload)
            self._payload.append(payload)
        self._commands.append(built)
        return self

    async def commit(self) -> list[dict[str, Any]]:
        """Let the server do all commands, or none; return the fields of each reply.

        Raises:
            RequestError: of the first command that fails, with its number in ``index``.

        """
        answered = await self._connection.call(
            "batch",
            _requests.batch(self._commands),
            file=self._file,
            payload=b"".join(self._payload) if self._payload else None,
        )
        self.replies = answered.body.get("replies", [])
        return self.replies

    async def __aenter__(self) -> Batch:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            await self.commit()


class ManyCommands:
    """A part of :class:`hdf5_async.Client`."""

    _connection: Connection
    _file: str | None

    def batch(self, *, file: str | None = None) -> Batch:
        """Collect commands that are done together or not at all.

        ``async with client.batch() as batch:`` does them at the end of the block, unless it raised;
        ``await client.batch().add(...).commit()`` does them at once.
        """
        return Batch(self._connection, file or self._file)

    async def read_many(
        self,
        reads: Iterable[str | tuple[str, Any]],
        *,
        return_exceptions: bool = False,
        file: str | None = None,
    ) -> list[Any]:
        """Return elements of several datasets, each given as a path or a pair of path and selection.

        What is small together is of one moment. The first read that failed is raised, unless the exceptions
        are to be returned in place of the arrays.
        """
        items = []
        for read in reads:
            path, selection = (read, None) if isinstance(read, str) else read
            text = None if selection is None else selection_text(selection)
            items.append(_requests.read(path, text))
        if not items:
            return []
        answered = await self._connection.call(
            "read_many",
            _requests.read_many(items, "binary"),
            file=file or self._file,
            sink=ManySink(len(items)),
        )
        results: list[Any] = answered.result
        for result in results:
            if isinstance(result, Exception) and not return_exceptions:
                raise result
        return results

    async def describe_many(
        self,
        paths: Iterable[str],
        *,
        return_exceptions: bool = False,
        file: str | None = None,
    ) -> list[Any]:
        """Return everything about several objects, an :class:`hdf5_async.ObjectInfo` for each.

        It is of one moment. The first object that could not be described is raised, unless the exceptions are
        to be returned in place of the descriptions.
        """
        answered = await self._connection.call(
            "describe_many", _requests.describe_many(list(paths)), file=file or self._file
        )
        results = [
            ObjectInfo.from_wire(result["object"])
            if result["status"] == "success"
            else from_wire(result)
            for result in answered.body["results"]
        ]
        for result in results:
            if isinstance(result, Exception) and not return_exceptions:
                raise result
        return results
