"""The client's commands about some elements of a dataset: points, filling, resizing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _requests
from ._asking import Asking
from ._messages import WriteResult
from ._selection import selection_text
from ._sink import ArraySink
from ._transfer import Values
from .exceptions import InvalidSelectionError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ElementCommands"]


class ElementCommands(Asking):
    """A part of :class:`hdf5_async.Client`."""

    async def resize(
        self, path: str, shape: Sequence[int], *, file: str | None = None
    ) -> WriteResult:
        """Give a chunked dataset other dims, within its ``max_shape``."""
        fields = _requests.resize(path, [int(length) for length in shape])
        answered = await self._connection.call("resize", fields, file=file or self._file)
        return WriteResult.from_wire(answered.body)

    async def fill(
        self,
        path: str,
        value: Any = None,
        selection: Any = None,
        *,
        dtype: Any = None,
        file: str | None = None,
    ) -> WriteResult:
        """Put one value into all selected elements; None is the dataset's fill value."""
        text = None if selection is None else selection_text(selection)
        fields, payload = ({}, None) if value is None else Values.of(value, dtype).request()
        fields.pop("shape", None)
        answered = await self._connection.call(
            "fill",
            _requests.fill(path, text, **fields),
            file=file or self._file,
            payload=payload,
        )
        return WriteResult.from_wire(answered.body)

    async def points(
        self,
        path: str,
        points: Any,
        *,
        fields: str | Sequence[str] | None = None,
        file: str | None = None,
    ) -> Any:
        """Return single elements as an array of one axis.

        ``points`` is an array or list with the coordinates of one element in each row; ``fields`` as in ``read``.
        """
        answered = await self._connection.call(
            "points",
            _requests.points(path, _coordinates(points), "binary", fields),
            file=file or self._file,
            sink=ArraySink(),
        )
        return answered.result

    async def write_points(
        self, path: str, points: Any, data: Any, *, dtype: Any = None, file: str | None = None
    ) -> WriteResult:
        """Put values into single elements: one for each point, or one for all."""
        fields, payload = Values.of(data, dtype).request()
        answered = await self._connection.call(
            "write_points",
            _requests.write_points(path, _coordinates(points), **fields),
            file=file or self._file,
            payload=payload,
        )
        return WriteResult.from_wire(answered.body)


def _coordinates(points: Any) -> list[list[int]]:
    array = np.asarray(points)
    if array.size == 0:
        return []
    if array.ndim != 2 or array.dtype.kind not in "iu":
        raise InvalidSelectionError(
            f"points are rows of integers, one for each axis, not {array.dtype} of shape {array.shape}",
            code="invalid_selection",
        )
    rows: list[list[int]] = array.tolist()
    return rows
