"""numpy dtypes and the wire's datatypes mean each other, or are refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hdf5_async._datatype import VARIABLE_STRING, is_string, is_variable_length
from hdf5_async._given import datatype_for, to_datatype
from hdf5_async._mapping import dtype_of
from hdf5_async.exceptions import InvalidDatatypeError, UnsupportedDatatypeError


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    "kind", ["i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
)
def test_numbers_in_both_byte_orders(kind: str, order: str) -> None:
    dtype = np.dtype(order + kind)
    assert datatype_for(dtype) == order + kind
    assert dtype_of(order + kind).str == order + kind


@pytest.mark.parametrize("notation", ["|i1", "|u1", "|b1", "|S1", "|S300"])
def test_bytes_have_no_order(notation: str) -> None:
    assert datatype_for(np.dtype(notation)) == notation
    assert dtype_of(notation).str == notation


@pytest.mark.parametrize(
    ("given", "datatype"),
    [
        (float, "<f8"),
        (bool, "|b1"),
        (np.uint16, "<u2"),
        ("float32", "<f4"),
        ("S5", "|S5"),
        (np.dtype(">i4"), ">i4"),
        (str, VARIABLE_STRING),
        ("string", VARIABLE_STRING),
        (np.dtype("U7"), VARIABLE_STRING),
        (object, VARIABLE_STRING),
        ({"class": "opaque", "size": 1, "tag": ""}, {"class": "opaque", "size": 1, "tag": ""}),
    ],
)
def test_what_a_caller_may_give(given: Any, datatype: Any) -> None:
    assert to_datatype(given) == datatype


def test_what_cannot_be_sent_is_refused() -> None:
    with pytest.raises(InvalidDatatypeError, match="nonsense"):
        to_datatype("nonsense")
    for dtype in ("M8[s]", "m8[D]", "i4,M8[s]"):
        with pytest.raises(UnsupportedDatatypeError, match="cannot be sent"):
            datatype_for(np.dtype(dtype))
    for datatype in ("<f3", "<x4", "nonsense", {"class": "time", "size": 4, "order": "<"}, {}):
        with pytest.raises(UnsupportedDatatypeError):
            dtype_of(datatype)


def test_text_is_told_apart() -> None:
    fixed = {**VARIABLE_STRING, "length": 4}
    assert is_string("|S4")
    assert is_string(fixed)
    assert is_string(VARIABLE_STRING)
    assert not is_string("<f8")
    assert is_variable_length(VARIABLE_STRING)
    assert not is_variable_length(fixed)
    assert not is_variable_length("|S4")
