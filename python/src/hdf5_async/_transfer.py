"""Values on their way to the server: numpy arrays in binary, plain Python values in JSON, big arrays in parts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _elements, _selection
from ._datatype import Datatype, from_dtype, is_string, is_variable_length, to_datatype, to_dtype
from .exceptions import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Values", "fits", "part_bytes", "parts_along", "parts_of"]

LARGEST_PART_BYTES = 8 * 1024 * 1024
"""Of a write in parts; the server takes other requests between two parts."""

HEADER_BYTES = 4096
"""Set aside for the JSON header of a binary message, without the path and the selection."""


@dataclass(frozen=True)
class Values:
    """Values to send: an array, or plain Python values as JSON with the datatype they shall have."""

    array: np.ndarray[Any, Any] | None
    json_value: Any
    datatype: Datatype | None

    @classmethod
    def of(cls, data: Any, dtype: Any = None) -> Values:
        """Decide how ``data`` travels; ``dtype`` is what it shall be, where the caller says so."""
        datatype = None if dtype is None else to_datatype(dtype)
        if isinstance(data, (np.ndarray, np.generic)):
            return cls.of_array(data, datatype)
        return cls(None, _elements.to_json(data), datatype)

    @classmethod
    def of_array(cls, data: Any, datatype: Datatype | None = None) -> Values:
        """Take anything that numpy makes an array of."""
        try:
            array = np.asarray(data)
            if datatype is not None and not is_variable_length(datatype):
                array = array.astype(to_dtype(datatype), copy=False)
        except (ValueError, TypeError) as error:
            raise InvalidValueError(str(error), code="invalid_value") from None
        return cls(array, None, datatype or from_dtype(array.dtype))

    def request(self) -> tuple[dict[str, Any], bytes | memoryview | None]:
        """Return the fields of a request that carries the values, and its payload."""
        if self.array is None:
            return {"data": self.json_value, "datatype": self.datatype}, None
        shape = list(self.array.shape)
        if self.array.size == 0:
            # No payload would tell such a message from one without values: any one value, broadcast to no
            # elements, says the same.
            sent_as = from_dtype(self.array.dtype)
            return {
                "data": "" if is_string(sent_as) else 0,
                "datatype": sent_as,
                "shape": shape,
            }, None
        sent_as, payload = _elements.to_payload(self.array)
        return {"datatype": sent_as, "shape": shape}, payload


def part_bytes(max_message_bytes: int, path: str, selection: str = "") -> int:
    """Return how many bytes of values fit into one binary message beside its header."""
    header = HEADER_BYTES + len(path.encode()) + len(selection)
    return max(1, max_message_bytes - header)


def fits(array: np.ndarray[Any, Any], max_bytes: int) -> bool:
    """Whether the array goes into one message."""
    return _fits(array, max_bytes)(0, array.size)


def _fits(array: np.ndarray[Any, Any], max_bytes: int) -> _selection.Fits:
    if array.dtype.kind not in "OUT":
        itemsize = array.dtype.itemsize
        return lambda first, end: (end - first) * itemsize <= max_bytes
    lengths = (len(_elements.text_bytes(element)) for element in array.flat)
    ends = np.zeros(array.size + 1, np.int64)
    np.cumsum(np.fromiter(lengths, np.int64, array.size), out=ends[1:])
    # As bytes of heap plus slots.
    ends += np.arange(array.size + 1) * _elements.SLOT_BYTES
    return lambda first, end: int(ends[end] - ends[first]) <= max_bytes


def parts_of(
    array: np.ndarray[Any, Any], axes: Sequence[_selection.AxisRange], max_bytes: int
) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Cut the values of a resolved selection into parts with a selection each, in C order."""
    for box in _selection.boxes(array.shape, _fits(array, min(max_bytes, LARGEST_PART_BYTES))):
        yield _selection.resolved_text(_selection.narrowed(axes, box)), array[box]


def parts_along(
    array: np.ndarray[Any, Any], axis: int, max_bytes: int
) -> Iterator[np.ndarray[Any, Any]]:
    """Cut an array along one axis."""
    rows = np.moveaxis(array, axis, 0)
    row = math.prod(rows.shape[1:])
    elements_fit = _fits(rows, min(max_bytes, LARGEST_PART_BYTES))
    runs = _selection.boxes(rows.shape[:1], lambda first, end: elements_fit(first * row, end * row))
    for (run,) in runs:
        yield np.moveaxis(rows[run], 0, axis)
