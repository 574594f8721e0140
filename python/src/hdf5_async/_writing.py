"""How values get into a dataset: in one message where they fit, otherwise in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from . import _requests, _selection
from ._mapping import dtype_of
from ._messages import DatasetInfo, ObjectInfo, WriteResult
from ._transfer import Elements, Values, part_bytes
from .exceptions import NotFoundError, ShapeMismatchError, TooLargeError, WrongKindError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._connection import Connection
    from ._datatype import Datatype
    from ._progress import Progress

__all__ = ["Writing"]

Fields = Union[str, "Sequence[str]", None]
"""The members of compounds that are written."""


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
        fields: Fields = None,
        file: str | None,
        progress: Progress | None,
    ) -> WriteResult:
        """Put values into a selection, or with None make the dataset of them."""
        text = None if selection is None else _selection.selection_text(selection)
        room = part_bytes(self._connection.server.limits.max_message_bytes, path, text or "")
        if values.elements is None:
            try:
                return await self._send(command, path, values, text, fields, file)
            except TooLargeError as error:
                if error.outcome != "not_applied":
                    raise
        elements = values.as_elements()
        if elements.fits(room):
            whole = await self._send(command, path, elements, text, fields, file)
            if progress is not None:
                progress(elements.size, elements.size)
            return whole
        if selection is None and fields is None:
            axes = await self._make_room(command, path, elements, file)
        else:
            dataset = await self._dataset(path, file)
            axes = _selection.resolve(... if selection is None else selection, dataset.shape or [])
            elements = _broadcast(elements, _selection.result_shape(axes))
        result: WriteResult | None = None
        sent = 0
        for part_text, part in elements.parts(axes, room):
            result = await self._send("update", path, part, part_text, fields, file)
            sent += part.size
            if progress is not None:
                progress(sent, elements.size)
        assert result is not None, "an array that needs parts is not empty"
        return result

    async def _send(
        self,
        command: str,
        path: str,
        values: Values | Elements,
        selection: str | None,
        fields: Fields,
        file: str | None,
    ) -> WriteResult:
        carried, payload = values.request()
        answered = await self._connection.call(
            command,
            _requests.write(path, selection, **carried, fields=fields),
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
        self, command: str, path: str, elements: Elements, file: str | None
    ) -> list[_selection.AxisRange]:
        """See that the dataset has the elements' shape and datatype, so that its parts go in place."""
        axes: list[_selection.AxisRange] = [range(length) for length in elements.shape]
        shape = list(elements.shape)
        datatype = elements.datatype
        try:
            dataset = await self._dataset(path, file)
        except NotFoundError:
            if command != "write":
                raise
            fields = _requests.create_dataset(path, datatype, shape)
            await self._connection.call("create_dataset", fields, file=file)
            return axes
        if dataset.shape != shape or not _are_alike(dataset.datatype, datatype):
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
        if values.elements is None:
            try:
                return await self._append_once(path, values, place, file)
            except TooLargeError as error:
                if error.outcome != "not_applied":
                    raise
        elements = values.as_elements()
        if elements.fits(room):
            return await self._append_once(path, elements, place, file)
        result = None
        for part in await self._rows(path, elements, place, room, file):
            result = await self._append_once(path, part, place, file)
            if before is not None and before >= 0:
                before += part.shape[axis]
                place["index"] = before
        assert result is not None, "an array that needs parts is not empty"
        return result

    async def _rows(
        self, path: str, elements: Elements, place: dict[str, Any], room: int, file: str | None
    ) -> list[Elements]:
        """Cut values into runs of rows of the dataset, each of which fits into a message.

        Raises:
            ShapeMismatchError: where the values have another rank than rows of the dataset, or one of them.
            TooLargeError: where a single row does not; nothing was sent then.

        """
        axis, rank = place["axis"], len(elements.shape)
        try:
            present = len((await self._dataset(path, file)).shape or ())
        except NotFoundError:
            # It will be made with the rank of the values.
            present = rank
        if present not in (rank, rank + 1):
            raise ShapeMismatchError(
                f"{path} has {present} axes; values with {rank} are no rows of it",
                code="shape_mismatch",
                path=path,
                outcome="not_applied",
            )
        if present > rank or axis >= rank:
            raise _row_too_large(path, list(elements.shape), place)
        rows = list(elements.parts_along(axis, room))
        if any(part.shape[axis] == 1 and not part.fits(room) for part in rows):
            shape = [*elements.shape[:axis], *elements.shape[axis + 1 :]]
            raise _row_too_large(path, shape, place)
        return rows

    async def _append_once(
        self, path: str, values: Values | Elements, place: dict[str, Any], file: str | None
    ) -> WriteResult:
        fields, payload = values.request()
        if "index" in place:
            command, fields = "insert", _requests.insert(path, **place, **fields)
        else:
            command, fields = "append", _requests.append(path, **place, **fields)
        answered = await self._connection.call(command, fields, file=file, payload=payload)
        return WriteResult.from_wire(answered.body)


def _row_too_large(path: str, shape: list[int], place: dict[str, Any]) -> TooLargeError:
    advice = "start the server with a larger max_message_bytes"
    if len(place) == 1:
        # At the end, without a key: the row may also come after its place.
        advice = (
            "make room with create_dataset or resize, and update what is new, which goes in parts; "
            f"or {advice}"
        )
    return TooLargeError(
        f"a row of shape {shape} does not fit into the one message that puts it into {path}; {advice}",
        code="message_too_large",
        path=path,
        outcome="not_applied",
    )


def _are_alike(present: Datatype, sent: Datatype) -> bool:
    """Whether elements are the same in an array; of text the charset and of compounds the offsets do not matter."""
    kinds = [
        datatype.get("class") if isinstance(datatype, dict) else None
        for datatype in (present, sent)
    ]
    return kinds[0] == kinds[1] and dtype_of(present) == dtype_of(sent)


def _broadcast(elements: Elements, shape: tuple[int, ...]) -> Elements:
    try:
        return elements.broadcast(shape)
    except ValueError:
        raise ShapeMismatchError(
            f"values of shape {elements.shape} cannot be broadcast to the selection's {shape}",
            code="shape_mismatch",
            outcome="not_applied",
        ) from None
