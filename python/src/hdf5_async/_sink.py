"""The frames of a binary answer, put into one array as they come."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ._datatype import is_string
from ._mapping import dtype_of, inner_dims
from ._payload import AsText, as_text, decode
from .exceptions import InvalidValueError, ProtocolError, ShapeMismatchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._datatype import Datatype
    from ._progress import Progress

__all__ = ["ArraySink", "scalar"]

AnyArray = np.ndarray[Any, Any]


class ArraySink:
    """Takes the frames of a binary answer and puts their values into one array.

    The array is made when the first frame tells shape and datatype, or is the caller's ``out``; no second
    copy of the whole ever exists.
    """

    def __init__(
        self,
        out: AnyArray | None = None,
        progress: Progress | None = None,
        text: AsText = as_text,
    ) -> None:
        self._text = text
        self._out = out
        self._progress = progress
        self._array: AnyArray | None = None
        self._datatype: Datatype | None = None
        self._arrived = 0
        self._expected = 0

    def accept(self, header: Mapping[str, Any], values: bytes | memoryview) -> None:
        """Take one frame: what its header says, and its values."""
        datatype, shape = header["datatype"], header.get("shape")
        self._datatype = datatype
        if shape is None:
            return
        self._expected = math.prod(shape)
        place = header.get("place") or {"offset": [0] * len(shape), "shape": shape}
        box = decode(values, datatype, place["shape"], self._text)
        if self._array is None and self._out is None and list(place["shape"]) == list(shape):
            # The only frame: its array is the answer; a copy makes it writable.
            self._array = box if box.flags.writeable else box.copy()
        else:
            self._put(box, place["offset"], place["shape"], shape, datatype)
        self._arrived += math.prod(place["shape"])
        if self._progress is not None:
            self._progress(self._arrived, self._expected)

    def _put(
        self,
        box: AnyArray,
        offset: Sequence[int],
        dims: Sequence[int],
        shape: Sequence[int],
        datatype: Datatype,
    ) -> None:
        if self._array is None:
            self._array = self._room(datatype, tuple(shape))
        # With `...` a scalar is assigned as an element, too, not as an object.
        where: tuple[Any, ...] = (
            *(slice(first, first + count) for first, count in zip(offset, dims)),
            ...,
        )
        self._array[where] = box

    def _room(self, datatype: Datatype, shape: tuple[int, ...]) -> AnyArray:
        dtype = dtype_of(datatype)
        if self._out is None:
            return np.empty(shape, dtype)
        whole = shape + inner_dims(datatype)
        if self._out.shape != whole:
            raise ShapeMismatchError(
                f"out has shape {self._out.shape}, the values have shape {whole}",
                code="shape_mismatch",
            )
        if not np.can_cast(dtype.base, self._out.dtype, "same_kind"):
            raise InvalidValueError(
                f"out of dtype {self._out.dtype} cannot hold values of dtype {dtype}",
                code="invalid_value",
            )
        return self._out

    def result(self) -> Any:
        """Return what has arrived: an array, a scalar, or None for a null dataspace."""
        array, datatype = self._array, self._datatype
        if array is None or datatype is None:
            return None
        if self._arrived != self._expected:
            raise ProtocolError(
                f"{self._arrived} of {self._expected} elements came in a whole answer"
            )
        return array if self._out is not None else self._scalar(array, datatype)

    def _scalar(self, array: AnyArray, datatype: Datatype) -> Any:
        return scalar(array, datatype)


def scalar(array: AnyArray, datatype: Datatype) -> Any:
    """Turn an array of rank 0 into its one element, text into ``str``."""
    if array.ndim:
        return array
    element = array[()]
    if is_string(datatype):
        return element if isinstance(element, str) else as_text(bytes(element))
    return element
