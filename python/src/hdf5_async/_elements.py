"""Elements on their way between numpy and the wire, in binary payloads and in JSON."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from ._datatype import Datatype, from_dtype, is_string, is_variable_length, to_dtype
from .exceptions import InvalidValueError, ProtocolError, ShapeMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "ArraySink",
    "Progress",
    "flat",
    "from_json",
    "from_payload",
    "text_bytes",
    "to_json",
    "to_payload",
]

Progress = Callable[[int, int], None]
"""Called with the number of elements that have arrived or been sent, and of all there are."""

SLOT_BYTES = 16
"""Of a variable-length element: where it starts in the heap, and its length, ``<u8`` each."""


def to_payload(array: np.ndarray[Any, Any]) -> tuple[Datatype, bytes | memoryview]:
    """Return the datatype and the binary form of an array's elements, without a copy where possible."""
    datatype = from_dtype(array.dtype)
    if is_variable_length(datatype):
        return datatype, _heap_payload([text_bytes(element) for element in array.flat])
    contiguous = np.ascontiguousarray(array)
    return datatype, contiguous.reshape(-1).view(np.uint8).data


def text_bytes(element: Any) -> bytes:
    """Return a text element as the bytes that the file holds."""
    if isinstance(element, str):
        # The counterpart of `_text`: bytes that are no UTF-8 go back as they came.
        return element.encode("utf-8", "surrogateescape")
    if isinstance(element, bytes):
        return bytes(element)
    raise InvalidValueError(
        f"{element!r} is neither str nor bytes, but the array holds text or objects",
        code="invalid_value",
    )


def _text(encoded: bytes) -> str:
    return encoded.decode("utf-8", "surrogateescape")


def _heap_payload(elements: Sequence[bytes]) -> bytes:
    for element in elements:
        if b"\0" in element:
            raise InvalidValueError(
                f"{element!r} contains a NUL byte, which ends a string in HDF5",
                code="invalid_value",
            )
    lengths = np.fromiter((len(element) for element in elements), np.uint64, len(elements))
    slots = np.empty((len(elements), 2), "<u8")
    slots[:, 1] = lengths
    slots[:1, 0] = 0
    slots[1:, 0] = np.cumsum(lengths)[:-1]
    return slots.tobytes() + b"".join(elements)


def from_payload(
    payload: bytes | memoryview, datatype: Datatype, shape: Sequence[int]
) -> np.ndarray[Any, Any]:
    """Return the elements of a payload as an array; a view of the payload where possible.

    Raises:
        ProtocolError: where the payload does not hold exactly them.

    """
    n_elements = math.prod(shape)
    if is_variable_length(datatype):
        return _heap_elements(payload, n_elements).reshape(tuple(shape))
    dtype = to_dtype(datatype)
    if len(payload) != n_elements * dtype.itemsize:
        raise ProtocolError(
            f"{n_elements} elements of {dtype} came in {len(payload)} bytes instead of "
            f"{n_elements * dtype.itemsize}"
        )
    elements = np.frombuffer(payload, dtype).reshape(tuple(shape))
    padding = datatype.get("padding") if isinstance(datatype, dict) else None
    return _unpadded(elements, padding)


def _unpadded(elements: np.ndarray[Any, Any], padding: str | None) -> np.ndarray[Any, Any]:
    """Take off what fills fixed-length text up; numpy itself takes off NULs at the end."""
    if padding == "space_padded":
        stripped: np.ndarray[Any, Any] = np.char.rstrip(elements, b" ").astype(elements.dtype)
        return stripped
    if padding == "null_terminated" and elements.size:
        octets = elements.reshape(-1, 1).view(np.uint8)
        before_end = np.logical_and.accumulate(octets != 0, axis=1)
        cut: np.ndarray[Any, Any] = (octets * before_end).view(elements.dtype)
        return cut.reshape(elements.shape)
    return elements


def _heap_elements(payload: bytes | memoryview, n_elements: int) -> np.ndarray[Any, Any]:
    if len(payload) < n_elements * SLOT_BYTES:
        raise ProtocolError(
            f"{n_elements} variable-length elements do not fit into {len(payload)} bytes"
        )
    slots = np.frombuffer(payload, "<u8", n_elements * 2).reshape(n_elements, 2).tolist()
    heap = bytes(payload[n_elements * SLOT_BYTES :])
    elements = np.empty(n_elements, object)
    for index, (offset, length) in enumerate(slots):
        if offset + length > len(heap):
            raise ProtocolError("a variable-length element points outside the values")
        elements[index] = _text(heap[offset : offset + length])
    return elements


class ArraySink:
    """Takes the frames of a binary answer and puts their values into one array.

    The array is made when the first frame tells shape and datatype, or is the caller's ``out``; no second
    copy of the whole ever exists.
    """

    def __init__(
        self, out: np.ndarray[Any, Any] | None = None, progress: Progress | None = None
    ) -> None:
        self._out = out
        self._progress = progress
        self._array: np.ndarray[Any, Any] | None = None
        self._datatype: Datatype | None = None
        self._arrived = 0

    def accept(self, header: Mapping[str, Any], values: bytes | memoryview) -> None:
        """Take one frame: what its header says, and its values."""
        datatype, shape = header["datatype"], header.get("shape")
        self._datatype = datatype
        if shape is None:
            return
        array = self._array
        if array is None:
            array = self._array = self._prepare(datatype, tuple(shape))
        place = header.get("place") or {"offset": [0] * len(shape), "shape": shape}
        # With `...` a scalar is assigned as an element, too, not as an object.
        box: tuple[Any, ...] = (
            *(slice(first, first + count) for first, count in zip(place["offset"], place["shape"])),
            ...,
        )
        array[box] = from_payload(values, datatype, place["shape"])
        self._arrived += math.prod(place["shape"])
        if self._progress is not None:
            self._progress(self._arrived, array.size)

    def _prepare(self, datatype: Datatype, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        dtype = to_dtype(datatype)
        if self._out is None:
            return np.empty(shape, dtype)
        if self._out.shape != shape:
            raise ShapeMismatchError(
                f"out has shape {self._out.shape}, the values have shape {shape}",
                code="shape_mismatch",
            )
        if not np.can_cast(dtype, self._out.dtype, "same_kind"):
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
        if self._arrived != array.size:
            raise ProtocolError(f"{self._arrived} of {array.size} elements came in a whole answer")
        return array if self._out is not None else _scalar(array, datatype)


def _scalar(array: np.ndarray[Any, Any], datatype: Datatype) -> Any:
    """Turn an array of rank 0 into its one element, text into ``str``."""
    if array.ndim:
        return array
    element = array[()]
    if is_string(datatype):
        return element if isinstance(element, str) else _text(bytes(element))
    return element


def from_json(data: Any, datatype: Datatype, shape: Sequence[int] | None = None) -> Any:
    """Return JSON values as an array or, without axes, a scalar; the shape is read off the lists."""
    if data is None:
        return None
    if shape is None:
        shape = _shape_of_lists(data)
    dtype = to_dtype(datatype)
    elements = list(flat(data, len(shape)))
    if dtype.kind == "f":
        # Python reads "NaN", "Infinity" and "-Infinity".
        array = np.array([float(element) for element in elements], dtype)
    elif is_string(datatype):
        encoded = [_json_text_bytes(element) for element in elements]
        variable = is_variable_length(datatype)
        array = np.empty(len(elements), dtype)
        array[:] = [_text(element) for element in encoded] if variable else encoded
    else:
        array = np.array(elements, dtype)
    return _scalar(array.reshape(tuple(shape)), datatype)


def _shape_of_lists(data: Any) -> list[int]:
    shape = []
    while isinstance(data, list):
        shape.append(len(data))
        data = data[0] if data else None
    return shape


def flat(data: Any, depth: int) -> Iterable[Any]:
    """Yield the elements of lists that are nested ``depth`` deep."""
    if depth == 0:
        yield data
        return
    for element in data:
        yield from flat(element, depth - 1)


def _json_text_bytes(element: Any) -> bytes:
    if isinstance(element, dict):
        return base64.b64decode(element["base64"])
    return str(element).encode()


def to_json(value: Any) -> Any:
    """Return plain Python values as the wire's JSON has them: exact integers, named specials, text."""
    if isinstance(value, (list, tuple)):
        return [to_json(element) for element in value]
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return value
    if isinstance(value, (str, bytes)):
        encoded = text_bytes(value)
        try:
            return encoded.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(encoded).decode()}
    if isinstance(value, (bool, int)):
        return value
    raise InvalidValueError(
        f"{value!r} of type {type(value).__name__} is no value that can be sent",
        code="invalid_value",
    )
