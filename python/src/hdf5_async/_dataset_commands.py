"""The client's methods that make datasets and read and write their elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _requests
from ._asking import Asking
from ._given import to_datatype
from ._json_values import to_json
from ._messages import Filter, Stats, WriteResult
from ._progress import AnyProgress, progress_of
from ._selection import selection_text
from ._sink import ArraySink
from ._transfer import Values
from ._writing import Writing
from .exceptions import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from ._connection import Connection

__all__ = ["DatasetCommands"]


class DatasetCommands(Asking):
    """A part of :class:`hdf5_async.Client`."""

    def __init__(self, connection: Connection, file: str | None) -> None:
        super().__init__(connection, file)
        self._writing = Writing(connection)

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
        given = None if dtype is None else to_datatype(dtype)
        values = None if data is None else Values.of_array(data, given)
        datatype = given if values is None else values.datatype
        assert datatype is not None
        if shape is None and values is not None:
            shape = values.as_elements().shape
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
        fields: str | Sequence[str] | None = None,
        dtype: Any = None,
        progress: AnyProgress = None,
        file: str | None = None,
    ) -> WriteResult:
        """Put values into the selected elements of a dataset, or make the whole dataset of them.

        With ``fields`` only those members of compounds change: a name takes its values, a list compounds.
        Arrays larger than a message are written in parts, which others may see one by one.
        """
        return await self._writing.write(
            "write",
            path,
            Values.of(data, dtype),
            selection,
            fields=fields,
            file=file or self._file,
            progress=progress_of(progress, path),
        )

    async def update(
        self,
        path: str,
        data: Any,
        selection: Any = None,
        *,
        fields: str | Sequence[str] | None = None,
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
            fields=fields,
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
