"""Datatypes of the wire and arrays of every dtype, as payloads and back, without a server."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

import hdf5_async as h5
from hdf5_async._mapping import datatype_of, dtype_of, wire_dtype
from hdf5_async._payload import decode, encode
from hdf5_async.exceptions import ProtocolError

INTS = h5.vlen_dtype("<i4")
COLORS = h5.enum_dtype({"RED": 0, "BLUE": 42}, "<i2")


def objects(dtype: np.dtype[Any], *elements: Any) -> np.ndarray[Any, Any]:
    array = np.empty(len(elements), dtype)
    for index, element in enumerate(elements):
        array[index] = element
    return array


MIXED = np.dtype([("name", h5.string_dtype()), ("count", "<u2"), ("samples", INTS)])
ARRAYS = {
    "numbers": np.arange(6, dtype=">f4").reshape(2, 3),
    "half": np.array([1.5, -2], "<f2"),
    "complex": np.array([1 + 2j], "<c16"),
    "bool": np.array([True, False]),
    "fixed text": np.array([b"ab", b"c"], "S2"),
    "fixed utf-8": np.array(["ü".encode()], h5.string_dtype(length=4)),
    "text": objects(h5.string_dtype(), b"one", "zwölf".encode(), b""),
    "enum": np.array([0, 42], COLORS),
    "sequences": objects(INTS, np.arange(3, dtype="<i4"), np.empty(0, "<i4")),
    "subarray in compound": np.zeros(2, np.dtype([("xyz", "<f8", 3), ("n", "u1")])),
    "text in subarrays in compound": np.array(
        [([b"a", b"bc"], 1)], [("names", h5.string_dtype(), 2), ("n", "<i2")]
    ),
    "aligned compound": np.ones(3, np.dtype("i4,f8,i2", align=True)),
    "text and sequences in compound": objects(
        MIXED, (b"a", 1, np.array([7], "<i4")), (b"", 2, np.array([], "<i4"))
    ),
    "void": np.zeros(3, "V2"),
    "time": np.array([0, 1], "<M8[us]").astype(h5.opaque_dtype("<M8[us]")),
    "references": objects(h5.ref_dtype, h5.Reference("/a"), h5.Reference()),
    "regions": objects(h5.regionref_dtype, h5.RegionReference("/a", {"selection": "0:2"})),
    "sequences of references": objects(
        h5.vlen_dtype(h5.ref_dtype), objects(h5.ref_dtype, h5.Reference("/x"), h5.Reference("/y"))
    ),
    "extended": np.array([1.25], np.longdouble),
}


def plain(value: Any) -> Any:
    """Nested lists to compare, whatever holds the elements."""
    if isinstance(value, (np.ndarray, np.void)):
        return [plain(element) for element in value.tolist()] if value.ndim else plain(value.item())
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    return value


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_come_back(name: str) -> None:
    array = ARRAYS[name]
    datatype = datatype_of(array.dtype)
    back = decode(bytes(encode(array, datatype)), datatype, array.shape, bytes)
    assert plain(back) == plain(array)
    assert back.dtype == array.dtype
    assert back.dtype.metadata == array.dtype.metadata
    assert datatype_of(dtype_of(datatype)) == datatype


def test_a_compound_with_text_is_packed_in_a_payload_and_laid_out_as_in_memory() -> None:
    datatype = datatype_of(MIXED)
    assert isinstance(datatype, dict)
    offsets = [member["offset"] for member in datatype["members"]]
    assert (offsets, datatype["size"]) == ([0, 8, 10], 26)
    assert wire_dtype(datatype).itemsize == 16 + 2 + 16


def test_the_dims_of_an_array_datatype_are_axes_of_the_array() -> None:
    datatype = datatype_of(np.dtype(("<i4", 3)))
    values = np.arange(6, dtype="<i4").reshape(2, 3)
    payload = bytes(encode(values, datatype))
    assert payload == values.tobytes()
    np.testing.assert_array_equal(decode(payload, datatype, [2]), values)


def test_the_payload_of_sequences() -> None:
    payload = bytes(encode(ARRAYS["sequences"], datatype_of(INTS)))
    assert payload == struct.pack("<4Q3i", 0, 12, 12, 0, 0, 1, 2)


def test_a_payload_that_lies() -> None:
    payload = struct.pack("<2Qi", 0, 100, 7)
    with pytest.raises(ProtocolError, match="outside"):
        decode(payload, datatype_of(INTS), [1])
    with pytest.raises(ProtocolError, match="instead of"):
        decode(b"\0" * 5, "<i4", [1])


@pytest.mark.parametrize("dtype", ["U3", "O", "M8[s]"])
def test_what_has_no_datatype(dtype: str) -> None:
    with pytest.raises(TypeError):
        datatype_of(np.dtype(dtype))
