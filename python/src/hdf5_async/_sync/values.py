"""Elements between numpy arrays of h5py's dtypes and the payloads of binary messages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _elements
from ..exceptions import InvalidValueError, ProtocolError
from .mapping import dtype_of, has_heap, wire_dtype
from .reference import Reference, RegionReference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._datatype import Datatype

__all__ = ["ValuesSink", "decode", "encode"]


def encode(array: np.ndarray[Any, Any], datatype: Datatype) -> bytes | memoryview:
    """Return the payload of an array whose dtype is the datatype's, without a copy where possible."""
    element = _without_dims(datatype)
    if not has_heap(element):
        contiguous = np.ascontiguousarray(array, wire_dtype(element))
        return contiguous.reshape(-1).view(np.uint8).data
    heap = bytearray()
    slots = _fill(array.reshape(-1), element, heap)
    return slots.tobytes() + bytes(heap)


def _without_dims(datatype: Datatype) -> Datatype:
    """Return what the elements of arrays are; numpy has their dims in the shape, and the order is the same."""
    while isinstance(datatype, dict) and datatype.get("class") == "array":
        datatype = datatype["base"]
    return datatype


def _fill(
    elements: np.ndarray[Any, Any], datatype: Datatype, heap: bytearray
) -> np.ndarray[Any, Any]:
    """Return elements as the payload has them, and put what has no fixed size into the heap."""
    if isinstance(datatype, str) or not has_heap(datatype):
        return np.asarray(elements, wire_dtype(datatype))
    slots = np.zeros(len(elements), wire_dtype(datatype))
    if datatype["class"] == "compound":
        for member in datatype["members"]:
            name = member["name"]
            inner = elements[name]
            filled = _fill(inner.reshape(-1), _without_dims(member["datatype"]), heap)
            slots[name] = filled.reshape(slots[name].shape)
        return slots
    for index, element in enumerate(elements):
        # What a sequence points to itself is in the heap before the sequence.
        octets = _octets(element, datatype, heap)
        slots[index] = (len(heap), len(octets))
        heap += octets
    return slots


def _octets(element: Any, datatype: Mapping[str, Any], heap: bytearray) -> bytes:
    """Return what the heap holds for one element: of a sequence the slots of its elements."""
    if datatype["class"] == "string":
        return _text_octets(element, datatype["charset"])
    if datatype["class"] == "reference":
        return element.to_wire() if isinstance(element, Reference) else b""
    base = datatype["base"]
    if element is None or (isinstance(element, int) and element == 0):
        return b""
    inner = np.asarray(element, dtype_of(base).base)
    return _fill(inner.reshape(-1), _without_dims(base), heap).tobytes()


def _text_octets(element: Any, charset: str) -> bytes:
    # An array that was never filled holds zeros or None, which h5py stores as no text.
    if element is None or (isinstance(element, int) and element == 0):
        return b""
    if isinstance(element, str):
        octets = element.encode("ascii" if charset == "ascii" else "utf-8", "surrogateescape")
    elif isinstance(element, bytes):
        octets = bytes(element)
    else:
        raise TypeError(f"Can't implicitly convert non-string objects to strings: {element!r}")
    if b"\0" in octets:
        raise InvalidValueError("VLEN strings do not support embedded NULLs", code="invalid_value")
    return octets


def decode(
    payload: bytes | memoryview, datatype: Datatype, shape: Sequence[int]
) -> np.ndarray[Any, Any]:
    """Return the elements of a payload; a view of the payload where possible.

    Raises:
        ProtocolError: where the payload does not hold exactly them.

    """
    slots_dtype = wire_dtype(datatype)
    count = math.prod(shape)
    n_bytes = count * slots_dtype.itemsize
    if len(payload) < n_bytes or (len(payload) > n_bytes and not has_heap(datatype)):
        raise ProtocolError(
            f"{count} elements of {slots_dtype} came in {len(payload)} bytes instead of {n_bytes}"
        )
    if not has_heap(datatype):
        if _is_padded(datatype):
            return _elements.from_payload(payload, datatype, shape).astype(dtype_of(datatype))
        return _shaped(np.frombuffer(payload, slots_dtype, count), shape)
    slots = np.frombuffer(payload[:n_bytes], slots_dtype, count)
    heap = memoryview(payload)[n_bytes:]
    return _shaped(_take(slots, datatype, heap), shape)


def _shaped(elements: np.ndarray[Any, Any], shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """Give elements their shape; numpy has appended the dims of an array datatype by itself."""
    return elements.reshape((*shape, *elements.shape[1:]))


def _is_padded(datatype: Datatype) -> bool:
    return isinstance(datatype, dict) and datatype.get("class") == "string"


def _take(
    slots: np.ndarray[Any, Any], datatype: Datatype, heap: memoryview
) -> np.ndarray[Any, Any]:
    """Return elements with what the slots point to in the heap."""
    if isinstance(datatype, str) or not has_heap(datatype):
        return slots
    kind = datatype["class"]
    if kind == "compound":
        elements = np.empty(len(slots), dtype_of(datatype))
        for member in datatype["members"]:
            elements[member["name"]] = _take(slots[member["name"]], member["datatype"], heap)
        return elements
    if kind == "array":
        dims = tuple(datatype["dims"])
        inner = slots.reshape(-1, *slots.shape[1 + len(dims) :])
        return _take(inner, datatype["base"], heap).reshape(len(slots), *dims)
    taken = np.empty(len(slots), dtype_of(datatype))
    for index, (offset, length) in enumerate(slots.tolist()):
        if offset + length > len(heap):
            raise ProtocolError("a variable-length element points outside the values")
        taken[index] = _element(heap[offset : offset + length], datatype, heap)
    return taken


def _element(octets: memoryview, datatype: Mapping[str, Any], heap: memoryview) -> Any:
    """Return one element of no fixed size from its bytes in the heap."""
    if datatype["class"] == "string":
        return bytes(octets)
    if datatype["class"] == "reference":
        kind = RegionReference if datatype["kind"] == "region" else Reference
        return kind.from_wire(bytes(octets))
    base = datatype["base"]
    size = wire_dtype(base).itemsize
    return _take(np.frombuffer(octets, wire_dtype(base), len(octets) // size), base, heap)


class ValuesSink:
    """Takes the frames of a binary answer into one array, or into the caller's, of h5py's dtype."""

    def __init__(
        self,
        out: np.ndarray[Any, Any] | None = None,
        progress: _elements.Progress | None = None,
    ) -> None:
        self._out = out
        self._progress = progress
        self._array: np.ndarray[Any, Any] | None = None
        self._arrived = 0
        self.datatype: Datatype | None = None

    def accept(self, header: Mapping[str, Any], values: bytes | memoryview) -> None:
        """Take one frame: what its header says, and its values."""
        datatype, shape = header["datatype"], header.get("shape")
        self.datatype = datatype
        if shape is None:
            return
        place = header.get("place") or {"offset": [0] * len(shape), "shape": shape}
        box = decode(values, datatype, place["shape"])
        if self._array is None:
            if self._out is None and list(place["shape"]) == list(shape):
                # The only frame: its array is the answer; a copy makes it writable.
                self._array = box.copy() if not box.flags.writeable else box
                self._count(place["shape"], shape)
                return
            self._array = self._room(datatype, shape)
        where: tuple[Any, ...] = (
            *(slice(at, at + n) for at, n in zip(place["offset"], place["shape"])),
            ...,
        )
        self._array[where] = box
        self._count(place["shape"], shape)

    def _room(self, datatype: Datatype, shape: Sequence[int]) -> np.ndarray[Any, Any]:
        if self._out is None:
            return np.empty(tuple(shape), dtype_of(datatype))
        return self._out.reshape(tuple(shape) + self._out.shape[len(shape) :])

    def _count(self, box: Sequence[int], shape: Sequence[int]) -> None:
        self._arrived += math.prod(box)
        if self._progress is not None:
            self._progress(self._arrived, math.prod(shape))

    def result(self) -> np.ndarray[Any, Any] | None:
        """Return what has arrived, None for a null dataspace."""
        return self._array
