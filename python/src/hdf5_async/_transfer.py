"""Values on their way to the server: numpy arrays in binary, plain Python values in JSON, big arrays in parts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _selection
from ._given import array_of, to_datatype, travels_as_array
from ._json_values import array_to_json, to_json
from ._mapping import inner_dims
from ._payload import element_bytes, encode
from .exceptions import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._datatype import Datatype

__all__ = ["LARGEST_PART_BYTES", "Elements", "Values", "part_bytes"]

LARGEST_PART_BYTES = 8 * 1024 * 1024
"""Of a write in parts; the server takes other requests between two parts."""

HEADER_BYTES = 4096
"""Set aside for the JSON header of a binary message, without the path and the selection."""


@dataclass(frozen=True)
class Elements:
    """An array of a dtype that HDF5 knows, and the datatype of its elements.

    The dims of elements that are arrays themselves are the array's last axes.
    """

    array: np.ndarray[Any, Any]
    datatype: Datatype

    @classmethod
    def of(cls, data: Any, datatype: Datatype | None = None) -> Elements:
        """Take anything that numpy makes an array of.

        Raises:
            InvalidValueError: where it is none, or not of the datatype.

        """
        array, datatype = array_of(data, datatype)
        inner = inner_dims(datatype)
        if array.shape[array.ndim - len(inner) :] != inner:
            raise InvalidValueError(
                f"elements of shape {inner} cannot be taken from an array of shape {array.shape}",
                code="invalid_value",
            )
        return cls(array, datatype)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape without the dims of the elements."""
        outer: tuple[int, ...] = self.array.shape[
            : self.array.ndim - len(inner_dims(self.datatype))
        ]
        return outer

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    def request(self) -> tuple[dict[str, Any], bytes | memoryview | None]:
        """Return the fields of a request that carries the elements, and its payload."""
        fields = {"datatype": self.datatype, "shape": list(self.shape)}
        if self.array.size == 0:
            # No payload would tell such a message from one without values: any one value, in a list for each
            # axis, says the same when it is broadcast to no elements.
            value = _any_value(self.datatype)
            for _ in self.shape:
                value = [value]
            return {**fields, "data": value}, None
        return fields, encode(self.array, self.datatype)

    def fits(self, max_bytes: int) -> bool:
        """Whether the elements go into one message."""
        return self._fitting(max_bytes)(0, self.size)

    def _fitting(self, max_bytes: int) -> _selection.Fits:
        count = self.size
        each = element_bytes(self.array, self.datatype)
        if isinstance(each, int):
            one = each * math.prod(inner_dims(self.datatype))
            return lambda first, end: (end - first) * one <= max_bytes
        ends = np.zeros(count + 1, np.int64)
        if count:
            np.cumsum(each.reshape(count, -1).sum(axis=1), out=ends[1:])
        return lambda first, end: int(ends[end] - ends[first]) <= max_bytes

    def parts(
        self, axes: Sequence[_selection.AxisRange], max_bytes: int
    ) -> Iterator[tuple[str, Elements]]:
        """Cut the elements of a resolved selection into parts with a selection each, in C order."""
        for box in _selection.boxes(self.shape, self._fitting(min(max_bytes, LARGEST_PART_BYTES))):
            text = _selection.resolved_text(_selection.narrowed(axes, box))
            yield text, Elements(self.array[box], self.datatype)

    def parts_along(self, axis: int, max_bytes: int) -> Iterator[Elements]:
        """Cut the elements along one axis."""
        rows = Elements(np.moveaxis(self.array, axis, 0), self.datatype)
        row = math.prod(rows.shape[1:])
        fitting = rows._fitting(min(max_bytes, LARGEST_PART_BYTES))
        for (run,) in _selection.boxes(
            rows.shape[:1], lambda first, end: fitting(first * row, end * row)
        ):
            yield Elements(np.moveaxis(rows.array[run], 0, axis), self.datatype)

    def broadcast(self, shape: tuple[int, ...]) -> Elements:
        """Repeat the elements as numpy does.

        Raises:
            ValueError: where they do not fit.

        """
        whole = shape + inner_dims(self.datatype)
        return Elements(np.broadcast_to(self.array, whole), self.datatype)


def _any_value(datatype: Datatype) -> Any:
    """Return some value of a datatype as JSON."""
    if isinstance(datatype, str):
        return {"S": "", "c": [0, 0]}.get(datatype[1], 0)
    kind = datatype["class"]
    if kind == "compound":
        return [_any_value(member["datatype"]) for member in datatype["members"]]
    if kind == "array":
        value = _any_value(datatype["base"])
        for length in reversed(datatype["dims"]):
            value = [value] * length
        return value
    if kind == "reference":
        return {"region": None} if datatype["kind"] == "region" else {"object": None}
    if kind == "opaque":
        # No UTF-8, so that it becomes base64.
        return to_json(b"\xff" * datatype["size"])
    return {"vlen": [], "complex": [0, 0], "string": ""}.get(kind, 0)


@dataclass(frozen=True)
class Values:
    """Values to send: elements in binary, or plain Python values as JSON with the datatype they shall have."""

    elements: Elements | None
    plain: Any
    datatype: Datatype | None

    @classmethod
    def of(cls, data: Any, dtype: Any = None) -> Values:
        """Decide how ``data`` travels; ``dtype`` is what it shall be, where the caller says so."""
        datatype = None if dtype is None else to_datatype(dtype)
        if travels_as_array(data):
            return cls.of_array(data, datatype)
        return cls(None, data, datatype)

    @classmethod
    def of_array(cls, data: Any, datatype: Datatype | None = None) -> Values:
        """Take anything that numpy makes an array of."""
        elements = Elements.of(data, datatype)
        return cls(elements, None, elements.datatype)

    def as_elements(self) -> Elements:
        """Return the values as an array, also those that came as plain Python values."""
        return self.elements or Elements.of(self.plain, self.datatype)

    def request(self) -> tuple[dict[str, Any], bytes | memoryview | None]:
        """Return the fields of a request that carries the values, and its payload."""
        if self.elements is None:
            return self.in_json(), None
        return self.elements.request()

    def in_json(self) -> dict[str, Any]:
        """Return the fields of a request in which also an array is JSON, for a connection without binary messages."""
        if self.elements is None:
            return {"data": to_json(self.plain), "datatype": self.datatype}
        fields, payload = self.elements.request()
        if payload is not None:
            fields["data"] = array_to_json(self.elements.array, self.elements.datatype)
        return fields


def part_bytes(max_message_bytes: int, path: str, selection: str = "") -> int:
    """Return how many bytes of values fit into one binary message beside its header."""
    header = HEADER_BYTES + len(path.encode()) + len(selection)
    return max(1, max_message_bytes - header)
