"""HDF5 datatypes as the wire writes them, and the numpy dtypes that hold their elements."""

from __future__ import annotations

import re
from typing import Any, Union

import numpy as np

from .exceptions import InvalidDatatypeError, UnsupportedDatatypeError

__all__ = [
    "VARIABLE_STRING",
    "Datatype",
    "from_dtype",
    "is_string",
    "is_variable_length",
    "to_datatype",
    "to_dtype",
]

Datatype = Union[str, dict[str, Any]]
"""numpy's array-interface notation such as ``"<f8"``, or an object with ``class``."""

VARIABLE_STRING: dict[str, Any] = {
    "class": "string",
    "length": None,
    "charset": "utf-8",
    "padding": "null_terminated",
}
"""Text of any length, as Python's ``str``."""

_NOTATION = re.compile(r"[<>|](i[1248]|u[1248]|f[248]|c8|c16|b1|S[1-9][0-9]*)")


def to_dtype(datatype: Datatype) -> np.dtype[Any]:
    """Return the dtype of an array that holds elements of ``datatype``; text of any length is object.

    Raises:
        UnsupportedDatatypeError: where no array of this version can hold them.

    """
    if isinstance(datatype, str):
        if _NOTATION.fullmatch(datatype):
            return np.dtype(datatype)
    elif datatype.get("class") == "string":
        length = datatype["length"]
        return np.dtype(object) if length is None else np.dtype(f"S{length}")
    raise UnsupportedDatatypeError(
        f"values of datatype {datatype!r} cannot be held in an array by this version",
        code="unsupported_datatype",
    )


def from_dtype(dtype: np.dtype[Any]) -> Datatype:
    """Return the datatype that holds the elements of an array of ``dtype``.

    Object arrays, ``U`` and ``StringDType`` become text of any length.

    Raises:
        UnsupportedDatatypeError: for structured, date and extended-precision arrays.

    """
    if dtype.kind in "OUT":
        return dict(VARIABLE_STRING)
    notation = dtype.str
    if dtype.names is None and _NOTATION.fullmatch(notation):
        return notation
    raise UnsupportedDatatypeError(
        f"arrays of dtype {dtype} cannot be sent; convert them first, for example with astype",
        code="unsupported_datatype",
    )


def to_datatype(given: Any) -> Datatype:
    """Return the datatype a caller means by a dtype, a Python type, a notation or a wire object.

    Raises:
        InvalidDatatypeError: where it means none.

    """
    if isinstance(given, dict):
        return given
    if given is str or (isinstance(given, str) and given in ("str", "string")):
        return dict(VARIABLE_STRING)
    try:
        dtype = np.dtype(given)
    except TypeError as error:
        raise InvalidDatatypeError(
            f"{given!r} is not a datatype: {error}", code="invalid_datatype"
        ) from None
    return from_dtype(dtype)


def is_string(datatype: Datatype) -> bool:
    """Whether the elements are text."""
    if isinstance(datatype, str):
        return datatype.startswith("|S")
    return datatype.get("class") == "string"


def is_variable_length(datatype: Datatype) -> bool:
    """Whether the elements lie in the heap behind the slots of a payload."""
    return isinstance(datatype, dict) and is_string(datatype) and datatype["length"] is None
