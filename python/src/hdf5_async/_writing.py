"""How values get into a dataset: in one message where they fit, otherwise in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _requests, _selection
from ._datatype import from_dtype, to_dtype
from ._messages import DatasetInfo, ObjectInfo, WriteResult
from ._transfer import Values, fits, part_bytes, parts_along, parts_of
from .exceptions import NotFoundError, ShapeMismatchError, TooLargeError, WrongKindError

if TYPE_CHECKING:
    from ._connection import Connection
    from ._elements import Progress

__all__ = ["Writing"]


class Writing:
    """``write``, ``update``, ``append`` and ``insert`` of values of any size."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def write(
        self,
        command: str,
        path: str,
        values: Values,
        selection: Any,
        *,
        file: str | None,
        progress: Progress | None,
    ) -> WriteResult:
        """Put values into a selection, or with None make the dataset of them."""
        text = None if selection is None else _selection.selection_text(selection)
        room = part_bytes(self._connection.server.limits.max_message_bytes, path, text or "")
        array = values.array
        if array is None:
            try:
                return await self._send(command, path, values, text, file)
            except TooLargeError as error:
                if error.outcome != "not_applied":
                    raise
                array = _as_array(values)
        if fits(array, room):
            result = await self._send(command, path, Values.of_array(array), text, file)
            if progress is not None:
                progress(array.size, array.size)
            return result
        if selection is None:
            axes = await self._make_room(command, path, values, array, file)
        else:
            dataset = await self._dataset(path, file)
            axes = _selection.resolve(selection, dataset.shape or [])
            array = _broadcast(array, _selection.result_shape(axes))
        return await self._write_parts(path, array, axes, room, file=file, progress=progress)

    async def _write_parts(
        self,
        path: str,
        array: np.ndarray[Any, Any],
        axes: list[_selection.AxisRange],
        room: int,
        *,
        file: str | None,
        progress: Progress | None,
    ) -> WriteResult:
        result, sent = None, 0
        for text, part in parts_of(array, axes, room):
            result = await self._send("update", path, Values.of_array(part), text, file)
            sent += part.size
            if progress is not None:
                progress(sent, array.size)
        assert result is not None, "an array that needs parts is not empty"
        return result

    async def _send(
        self, command: str, path: str, values: Values, selection: str | None, file: str | None
    ) -> WriteResult:
        fields, payload = values.request()
        answered = await self._connection.call(
            command,
            _requests.write(path, selection, **fields),
            file=file,
            payload=payload,
        )
        return WriteResult.from_wire(answered.body)

    async def _dataset(self, path: str, file: str | None) -> DatasetInfo:
        answered = await self._connection.call("describe", _requests.describe(path), file=file)
        info = ObjectInfo.from_wire(answered.body["object"])
        if info.dataset is None:
            raise WrongKindError(
                f"{path} is a {info.kind.replace('_', ' ')}, not a dataset",
                code="wrong_kind",
                path=path,
                outcome="not_applied",
            )
        return info.dataset

    async def _make_room(
        self,
        command: str,
        path: str,
        values: Values,
        array: np.ndarray[Any, Any],
        file: str | None,
    ) -> list[_selection.AxisRange]:
        """See that the dataset has the array's shape and datatype, so that its parts go in place."""
        axes: list[_selection.AxisRange] = [range(length) for length in array.shape]
        shape = list(array.shape)
        datatype = values.datatype or from_dtype(array.dtype)
        try:
            dataset = await self._dataset(path, file)
        except NotFoundError:
            if command != "write":
                raise
            fields = _requests.create_dataset(path, datatype, shape)
            await self._connection.call("create_dataset", fields, file=file)
            return axes
        if dataset.shape != shape or dataset.dtype != to_dtype(datatype):
            raise ShapeMismatchError(
                f"{path} has shape {dataset.shape} and datatype {dataset.datatype}; values that do "
                f"not fit into one message cannot make it {shape} of {datatype}. Delete it first, "
                "or write into a selection",
                code="shape_mismatch",
                path=path,
                outcome="not_applied",
            )
        return axes

    async def append(
        self,
        path: str,
        values: Values,
        axis: int,
        *,
        before: int | None = None,
        unique_on: str | None = None,
        file: str | None,
    ) -> WriteResult:
        """Put values behind the last along one axis, before those at an index, or by their key."""
        place: dict[str, Any] = {"axis": axis, "index": before, "unique_on": unique_on}
        place = {name: value for name, value in place.items() if value is not None}
        room = part_bytes(self._connection.server.limits.max_message_bytes, path)
        array = values.array
        if array is None:
            try:
                return await self._append_once(path, values, place, file)
            except TooLargeError as error:
                if error.outcome != "not_applied":
                    raise
                array = _as_array(values)
        if fits(array, room):
            return await self._append_once(path, Values.of_array(array), place, file)
        if array.ndim <= axis:
            raise TooLargeError(
                f"a row of {array.size} elements does not fit into one message",
                code="message_too_large",
                path=path,
                outcome="not_applied",
            )
        result = None
        for part in parts_along(array, axis, room):
            result = await self._append_once(path, Values.of_array(part), place, file)
            if before is not None and before >= 0:
                before += part.shape[axis]
                place["index"] = before
        assert result is not None, "an array that needs parts is not empty"
        return result

    async def _append_once(
        self, path: str, values: Values, place: dict[str, Any], file: str | None
    ) -> WriteResult:
        fields, payload = values.request()
        if "index" in place:
            command, fields = "insert", _requests.insert(path, **place, **fields)
        else:
            command, fields = "append", _requests.append(path, **place, **fields)
        answered = await self._connection.call(command, fields, file=file, payload=payload)
        return WriteResult.from_wire(answered.body)


def _as_array(values: Values) -> np.ndarray[Any, Any]:
    """Turn values that are too many for a JSON message into an array."""
    array = Values.of_array(values.json_value, values.datatype).array
    assert array is not None
    return array


def _broadcast(array: np.ndarray[Any, Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ShapeMismatchError(
            f"values of shape {array.shape} cannot be broadcast to the selection's {shape}",
            code="shape_mismatch",
            outcome="not_applied",
        ) from None
