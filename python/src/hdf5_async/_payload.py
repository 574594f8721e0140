"""Elements between numpy arrays and the payloads of binary messages: every datatype, for both faces."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from ._mapping import dtype_of, has_heap, wire_dtype
from ._reference import Reference, class_of_references
from .exceptions import InvalidValueError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._datatype import Datatype

__all__ = ["AsText", "as_text", "decode", "element_bytes", "encode", "without_dims"]

AnyArray = np.ndarray[Any, Any]
AsText = Callable[[memoryview], Any]
"""What makes an element of text of any length of its bytes: ``bytes`` in h5py's manner, or :func:`as_text`."""


def as_text(octets: bytes | memoryview) -> str:
    """Return text as ``str``; bytes that are no UTF-8 become surrogates, and go back as they came."""
    return bytes(octets).decode("utf-8", "surrogateescape")


def encode(array: AnyArray, datatype: Datatype) -> bytes | memoryview:
    """Return the payload of an array whose dtype is the datatype's, without a copy where possible."""
    element = without_dims(datatype)
    if not has_heap(element):
        contiguous = np.ascontiguousarray(_fill(array, element, bytearray()))
        return contiguous.reshape(-1).view(np.uint8).data
    heap = bytearray()
    slots = _fill(array.reshape(-1), element, heap)
    return slots.tobytes() + bytes(heap)


def element_bytes(array: AnyArray, datatype: Datatype) -> AnyArray | int:
    """Return the bytes that each number of an array takes in a payload, one number where all take the same.

    The array's elements are meant: those of an array datatype are counted each.
    """
    element = without_dims(datatype)
    slot = wire_dtype(element).itemsize
    return _heap_bytes(array.reshape(-1), element) + slot if has_heap(element) else slot


def _heap_bytes(elements: AnyArray, datatype: Datatype) -> AnyArray:
    total = np.zeros(len(elements), np.int64)
    if isinstance(datatype, str) or not has_heap(datatype) or not len(elements):
        return total
    if datatype["class"] == "compound":
        for member in datatype["members"]:
            inner = elements[member["name"]].reshape(-1)
            sizes = _heap_bytes(inner, without_dims(member["datatype"]))
            total += sizes.reshape(len(elements), -1).sum(axis=1)
        return total
    for index, element in enumerate(elements):
        heap = bytearray()
        octets = _octets(element, datatype, heap)
        total[index] = len(octets) + len(heap)
    return total


def without_dims(datatype: Datatype) -> Datatype:
    """Return what the elements of arrays are; numpy has their dims in the shape, and the order is the same."""
    while isinstance(datatype, dict) and datatype.get("class") == "array":
        datatype = datatype["base"]
    return datatype


def _is_plain(datatype: Datatype) -> bool:
    """Whether a payload holds the elements as numpy does: none in the heap, and none filled up."""
    if isinstance(datatype, str):
        return True
    kind = datatype.get("class")
    if kind == "string":
        return datatype["length"] is not None and datatype["padding"] == "null_padded"
    if kind == "compound":
        return all(_is_plain(member["datatype"]) for member in datatype["members"])
    if kind == "array":
        return _is_plain(datatype["base"])
    return not has_heap(datatype)


def _fill(elements: AnyArray, datatype: Datatype, heap: bytearray) -> AnyArray:
    """Return elements as the payload has them, and put what has no fixed size into the heap."""
    if isinstance(datatype, str) or _is_plain(datatype):
        return np.asarray(elements, wire_dtype(datatype))
    if datatype["class"] == "compound":
        return _fill_members(elements, datatype, heap)
    if not has_heap(datatype):
        return _padded(np.asarray(elements, wire_dtype(datatype)), datatype["padding"])
    slots = np.zeros(len(elements), wire_dtype(datatype))
    for index, element in enumerate(elements):
        # What a sequence points to itself is in the heap before the sequence.
        octets = _octets(element, datatype, heap)
        slots[index] = (len(heap), len(octets))
        heap += octets
    return slots


def _fill_members(elements: AnyArray, datatype: Mapping[str, Any], heap: bytearray) -> AnyArray:
    whole = elements.reshape(-1)
    slots = np.zeros(len(whole), wire_dtype(dict(datatype)))
    for member in datatype["members"]:
        name = member["name"]
        filled = _fill(whole[name].reshape(-1), without_dims(member["datatype"]), heap)
        slots[name] = filled.reshape(slots[name].shape)
    return slots


def _padded(elements: AnyArray, padding: str) -> AnyArray:
    """Fill text up as the file has it; numpy itself has filled it up with NULs."""
    if padding != "space_padded" or not elements.size:
        return elements
    filled: AnyArray = np.char.ljust(elements, elements.dtype.itemsize).astype(elements.dtype)
    return filled


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
    return _fill(inner.reshape(-1), without_dims(base), heap).tobytes()


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
    payload: bytes | memoryview, datatype: Datatype, shape: Sequence[int], text: AsText = as_text
) -> AnyArray:
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
    slots = np.frombuffer(payload[:n_bytes], slots_dtype, count)
    if not _is_plain(datatype):
        slots = _take(slots, datatype, memoryview(payload)[n_bytes:], text)
    # numpy has appended the dims of an array datatype by itself.
    return slots.reshape((*shape, *slots.shape[1:]))


def _take(slots: AnyArray, datatype: Datatype, heap: memoryview, text: AsText) -> AnyArray:
    """Return elements with what the slots point to in the heap, and without what fills text up."""
    if isinstance(datatype, str) or _is_plain(datatype):
        return slots
    kind = datatype["class"]
    if kind == "compound":
        elements = np.empty(len(slots), dtype_of(datatype))
        for member in datatype["members"]:
            name = member["name"]
            elements[name] = _take(slots[name], member["datatype"], heap, text)
        return elements
    if kind == "array":
        dims = tuple(datatype["dims"])
        inner = slots.reshape(-1, *slots.shape[1 + len(dims) :])
        taken = _take(inner, datatype["base"], heap, text)
        return taken.reshape(len(slots), *dims, *taken.shape[1:])
    if not has_heap(datatype):
        return _unpadded(slots, datatype["padding"]).astype(dtype_of(datatype))
    taken = np.empty(len(slots), dtype_of(datatype))
    for index, (offset, length) in enumerate(slots.tolist()):
        if offset + length > len(heap):
            raise ProtocolError("a variable-length element points outside the values")
        taken[index] = _element(heap[offset : offset + length], datatype, heap, text)
    return taken


def _unpadded(elements: AnyArray, padding: str) -> AnyArray:
    """Take off what fills fixed-length text up; numpy itself takes off NULs at the end."""
    if padding == "space_padded":
        stripped: AnyArray = np.char.rstrip(elements, b" ").astype(elements.dtype)
        return stripped
    if not elements.size:
        return elements
    octets = np.ascontiguousarray(elements).reshape(-1, 1).view(np.uint8)
    before_end = np.logical_and.accumulate(octets != 0, axis=1)
    cut: AnyArray = (octets * before_end).view(elements.dtype)
    return cut.reshape(elements.shape)


def _element(
    octets: memoryview, datatype: Mapping[str, Any], heap: memoryview, text: AsText
) -> Any:
    """Return one element of no fixed size from its bytes in the heap."""
    if datatype["class"] == "string":
        return text(octets)
    if datatype["class"] == "reference":
        return class_of_references(datatype["kind"]).from_wire(bytes(octets))
    base = datatype["base"]
    size = wire_dtype(base).itemsize
    if len(octets) % size:
        raise ProtocolError(f"a sequence of elements of {size} bytes came in {len(octets)} bytes")
    slots = np.frombuffer(octets, wire_dtype(base), len(octets) // size)
    return _take(slots, base, heap, text)
