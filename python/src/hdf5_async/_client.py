"""The client: every command of the protocol as a coroutine, in numpy's and Python's types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _requests
from ._address import Address
from ._conditions import ConditionCommands
from ._connection import Connection
from ._datatype import to_datatype
from ._element_commands import ElementCommands
from ._elements import ArraySink, to_json
from ._following import follow
from ._many import ManyCommands
from ._messages import (
    AttributeInfo,
    Child,
    Filter,
    Listing,
    ObjectInfo,
    Position,
    ServerInfo,
    Stats,
    WriteResult,
)
from ._progress import AnyProgress, progress_of
from ._querying import QueryCommands
from ._selection import selection_text
from ._subscription import Subscription
from ._transfer import Values
from ._tree_commands import TreeCommands
from ._whole_files import WholeFiles
from ._writing import Writing
from .exceptions import InvalidRequestError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Sequence
    from types import TracebackType

    import numpy as np

__all__ = ["Client", "connect"]

Children = list[Child]


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
    ConditionCommands, ElementCommands, ManyCommands, QueryCommands, TreeCommands, WholeFiles
):
    """A connection to a server; made by :class:`connect`.

    Every method may be called by many tasks at once. ``file`` names a served file; it may be left out where the
    address named one or the server serves only one.
    """

    def __init__(self, connection: Connection, file: str | None) -> None:
        super().__init__(connection, file)
        self._writing = Writing(connection)

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

    async def list(
        self, path: str = "/", *, order: str = "name", file: str | None = None
    ) -> Children:
        """Return all links of a group; ``order`` is ``"name"`` or ``"creation"``."""
        children: Children = []
        while True:
            page = await self.list_page(path, offset=len(children), order=order, file=file)
            children += page.children
            if not page.children or len(children) >= page.total:
                return children

    async def list_page(
        self,
        path: str = "/",
        *,
        offset: int = 0,
        limit: int | None = None,
        order: str = "name",
        file: str | None = None,
    ) -> Listing:
        """Return some links of a group, and how many there are."""
        fields = _requests.list_links(path, offset, limit, order)
        return Listing.from_wire(await self._ask("list", fields, file))

    async def describe(self, path: str = "/", *, file: str | None = None) -> ObjectInfo:
        """Return everything about one object."""
        body = await self._ask("describe", _requests.describe(path), file)
        return ObjectInfo.from_wire(body["object"])

    async def create_group(
        self,
        path: str,
        *,
        exist_ok: bool = False,
        track_order: bool = False,
        file: str | None = None,
    ) -> None:
        """Make a group, and the groups above it that are missing.

        With ``track_order`` it remembers the order in which its links and attributes are made.
        """
        fields = _requests.create_group(path, exist_ok, track_order)
        await self._ask("create_group", fields, file)

    async def create_named_datatype(
        self, path: str, dtype: Any, *, file: str | None = None
    ) -> None:
        """Make a named datatype, for datasets and attributes to share."""
        fields = _requests.create_named_datatype(path, to_datatype(dtype))
        await self._ask("create_named_datatype", fields, file)

    async def create_dataset(
        self,
        path: str,
        dtype: Any = None,
        shape: Sequence[int] | None = None,
        *,
        data: Any = None,
        max_shape: Sequence[int | None] | None = None,
        chunks: Sequence[int] | None = None,
        layout: str | None = None,
        filters: Sequence[str | Filter] = (),
        fill_value: Any = None,
        file: str | None = None,
        **properties: Any,
    ) -> WriteResult:
        """Make a dataset, and the groups above it that are missing.

        ``dtype`` is anything numpy takes, ``str`` or ``"string"`` for text of any length, or a datatype as
        ``describe`` returns it; with ``data`` it may be left out. Without ``shape`` and ``data`` the dataset has
        a null dataspace. ``None`` in ``max_shape`` is without limit. ``properties``: what else ``describe`` names.
        """
        if dtype is None and data is None:
            raise InvalidRequestError("give dtype, data or both", code="invalid_request")
        values = None if data is None else Values.of_array(data, dtype and to_datatype(dtype))
        datatype = to_datatype(dtype) if values is None else values.datatype
        assert datatype is not None
        if shape is None and values is not None and values.array is not None:
            shape = values.array.shape
        fields = _requests.create_dataset(
            path,
            datatype,
            None if shape is None else [int(length) for length in shape],
            None if max_shape is None else list(max_shape),
            None if chunks is None else list(chunks),
            layout,
            [step.to_wire() if isinstance(step, Filter) else step for step in filters] or None,
            **({} if fill_value is None else {"fill_value": to_json(fill_value)}),
            **properties,
        )
        body = await self._ask("create_dataset", fields, file)
        if values is None:
            return WriteResult.from_wire(body)
        return await self._writing.write(
            "write", path, values, ..., file=file or self._file, progress=None
        )

    async def read(
        self,
        path: str,
        selection: Any = None,
        *,
        fields: str | Sequence[str] | None = None,
        out: np.ndarray[Any, Any] | None = None,
        progress: AnyProgress = None,
        file: str | None = None,
    ) -> Any:
        """Return elements of a dataset as one array; without axes a scalar, for a null dataspace None.

        ``selection`` is a numpy index (``np.s_[10:20, ::2]``) or the same as text. The values go straight
        into ``out`` where it is given. ``fields`` picks members of compounds: a name gives its values, a list
        compounds of those members. Cancelling the task stops the server, too. ``progress`` is called
        with the elements that have arrived and all there are; True shows a bar where tqdm is installed.
        """
        text = None if selection is None else selection_text(selection)
        answered = await self._connection.call(
            "read",
            _requests.read(path, text, "binary", fields),
            file=file or self._file,
            sink=ArraySink(out, progress_of(progress, path)),
        )
        return answered.result

    async def stats(
        self,
        path: str,
        selection: Any = None,
        *,
        fields: str | None = None,
        file: str | None = None,
    ) -> Stats:
        """Return minimum, maximum, mean and the like of numbers, computed by the server."""
        text = None if selection is None else selection_text(selection)
        return Stats.from_wire(await self._ask("stats", _requests.stats(path, text, fields), file))

    async def sample(
        self,
        path: str,
        size: int | Sequence[int],
        selection: Any = None,
        *,
        method: str = "first",
        fields: str | None = None,
        file: str | None = None,
    ) -> Any:
        """Return a selection made smaller for a plot: at most ``size`` buckets along each of its axes.

        ``method`` is what a bucket becomes: ``"first"`` of its elements, the ``"mean"``, or ``"min_max"``, which
        gives the result one more axis of two. The last two leave NaN out.
        """
        text = None if selection is None else selection_text(selection)
        buckets = [size] if isinstance(size, int) else [int(length) for length in size]
        answered = await self._connection.call(
            "sample",
            _requests.sample(path, buckets, text, method, "binary", fields),
            file=file or self._file,
            sink=ArraySink(None, None),
        )
        return answered.result

    async def write(
        self,
        path: str,
        data: Any,
        selection: Any = None,
        *,
        dtype: Any = None,
        progress: AnyProgress = None,
        file: str | None = None,
    ) -> WriteResult:
        """Put values into the selected elements of a dataset, or make the whole dataset of them.

        Arrays larger than a message are written in parts, which others may see one by one.
        """
        return await self._writing.write(
            "write",
            path,
            Values.of(data, dtype),
            selection,
            file=file or self._file,
            progress=progress_of(progress, path),
        )

    async def update(
        self,
        path: str,
        data: Any,
        selection: Any = None,
        *,
        dtype: Any = None,
        progress: AnyProgress = None,
        file: str | None = None,
    ) -> WriteResult:
        """As ``write``, for a dataset that must exist."""
        return await self._writing.write(
            "update",
            path,
            Values.of(data, dtype),
            selection,
            file=file or self._file,
            progress=progress_of(progress, path),
        )

    async def append(
        self,
        path: str,
        data: Any,
        *,
        axis: int = 0,
        unique_on: str | None = None,
        dtype: Any = None,
        file: str | None = None,
    ) -> WriteResult:
        """Put values behind the last along one axis; a dataset that does not exist is made.

        With ``unique_on`` rows that are there with a new row's value of that member are replaced, and the rows
        are kept in its order: data that overlaps can be sent again.
        """
        values = Values.of(data, dtype)
        return await self._writing.append(
            path, values, axis, unique_on=unique_on, file=file or self._file
        )

    async def insert(
        self,
        path: str,
        index: int,
        data: Any,
        *,
        axis: int = 0,
        dtype: Any = None,
        file: str | None = None,
    ) -> WriteResult:
        """Put values before those at ``index`` along one axis, as ``numpy.insert`` in place."""
        values = Values.of(data, dtype)
        return await self._writing.append(path, values, axis, before=index, file=file or self._file)

    async def link(
        self,
        path: str,
        target: str,
        *,
        kind: str = "hard",
        target_file: str | None = None,
        file: str | None = None,
    ) -> None:
        """Make a link, and the groups above it that are missing; ``kind`` is hard, soft or external."""
        await self._ask("link", _requests.link(path, target, kind, target_file), file)

    async def move(self, path: str, to: str, *, file: str | None = None) -> None:
        """Give the link of an object another place or name."""
        await self._ask("move", _requests.move(path, to), file)

    async def copy(
        self,
        path: str,
        to: str,
        *,
        shallow: bool = False,
        expand_soft: bool = False,
        expand_refs: bool = False,
        without_attrs: bool = False,
        file: str | None = None,
    ) -> None:
        """Copy an object, with all below it; the options are h5py's."""
        fields = _requests.copy(path, to, shallow, expand_soft, expand_refs, without_attrs)
        await self._ask("copy", fields, file)

    async def delete(self, path: str, *, file: str | None = None) -> None:
        """Remove a link, and with the last link the object."""
        await self._ask("delete", _requests.delete(path), file)

    async def attributes(
        self, path: str = "/", *, file: str | None = None
    ) -> dict[str, AttributeInfo]:
        """Return the attributes of an object by name, with their values where they are small."""
        body = await self._ask("attributes", _requests.attributes(path), file)
        infos = [AttributeInfo.from_wire(info) for info in body["attributes"]]
        return {info.name: info for info in infos}

    async def read_attribute(self, path: str, name: str, *, file: str | None = None) -> Any:
        """Return the value of an attribute as an array or scalar, text as ``str``."""
        answered = await self._connection.call(
            "read_attribute",
            _requests.read_attribute(name, path, "binary"),
            file=file or self._file,
            sink=ArraySink(),
        )
        return answered.result

    async def write_attribute(
        self, path: str, name: str, value: Any, *, dtype: Any = None, file: str | None = None
    ) -> WriteResult:
        """Make an attribute or replace it."""
        fields, payload = Values.of(value, dtype).request()
        answered = await self._connection.call(
            "write_attribute",
            _requests.write_attribute(name, path, **fields),
            file=file or self._file,
            payload=payload,
        )
        return WriteResult.from_wire(answered.body)

    async def rename_attribute(
        self, path: str, name: str, to: str, *, file: str | None = None
    ) -> None:
        """Give an attribute another name."""
        await self._ask("rename_attribute", _requests.rename_attribute(name, to, path), file)

    async def delete_attribute(self, path: str, name: str, *, file: str | None = None) -> None:
        """Remove an attribute."""
        await self._ask("delete_attribute", _requests.delete_attribute(name, path), file)

    async def exists(self, path: str, *, file: str | None = None) -> bool:
        """Whether there is an object at a path."""
        try:
            await self.describe(path, file=file)
        except NotFoundError:
            return False
        return True

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
