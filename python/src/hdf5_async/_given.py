"""What callers give as datatypes and data, as a datatype of the wire and an array of its dtype."""

from __future__ import annotations

from array import array as buffer
from typing import Any

import numpy as np

from ._datatype import VARIABLE_STRING, Datatype
from ._json_values import array_from_json, to_json
from ._mapping import datatype_of, dtype_of
from ._newdata import array_for_new_object, array_for_present, check_has_member, item_type
from ._reference import Reference
from ._special import check_string_dtype, string_dtype, vlen_dtype
from .exceptions import InvalidDatatypeError, InvalidValueError, UnsupportedDatatypeError

__all__ = ["array_of", "datatype_for", "to_datatype", "travels_as_array"]

AnyArray = np.ndarray[Any, Any]


def to_datatype(given: Any) -> Datatype:
    """Return the datatype a caller means by a dtype, a Python type, a notation or a wire object.

    Raises:
        InvalidDatatypeError: where it means none.
        UnsupportedDatatypeError: where HDF5 has none for it.

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
    return datatype_for(dtype)


def datatype_for(dtype: np.dtype[Any]) -> Datatype:
    """Return the datatype that holds the elements of an array of ``dtype``.

    Objects of which nothing is known, ``U`` and ``StringDType`` become text of any length.

    Raises:
        UnsupportedDatatypeError: where HDF5 has none for it: dates, and members that are such.

    """
    try:
        return datatype_of(_with_text(dtype))
    except TypeError as error:
        raise UnsupportedDatatypeError(
            f"arrays of dtype {dtype} cannot be sent ({error}); convert them first, for example with astype",
            code="unsupported_datatype",
        ) from None


def _with_text(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype with text of any length in place of what HDF5 does not know."""
    if dtype.subdtype is not None:
        base, dims = dtype.subdtype
        text = _with_text(base)
        return dtype if text is base else np.dtype((text, dims))
    if dtype.names is not None:
        members = [(name, _with_text(dtype[name])) for name in dtype.names]
        # Only where a member changes, because others keep their offsets.
        changed = any(member is not dtype[name] for name, member in members)
        return np.dtype(members) if changed else dtype
    if dtype.kind in "UT" or (dtype.kind == "O" and not dtype.metadata):
        return string_dtype()
    return dtype


def travels_as_array(data: Any) -> bool:
    """Whether data are, or hold, what JSON has no plain word for."""
    if isinstance(data, (list, tuple)):
        return any(map(travels_as_array, data))
    return isinstance(data, (np.generic, complex, Reference, memoryview, range, buffer)) or (
        hasattr(type(data), "__array__")
    )


def array_of(data: Any, datatype: Datatype | None = None) -> tuple[AnyArray, Datatype]:
    """Return data as an array of a dtype that HDF5 knows, and its datatype.

    Raises:
        InvalidValueError: where the data cannot become that.

    """
    try:
        if travels_as_array(data) and not isinstance(data, (list, tuple, Reference)):
            # Also what other libraries have arrays in.
            data = np.asarray(data)
        if datatype is None:
            found = _guessed(data)
            datatype = datatype_for(found.dtype)
            # Arrays of references, sequences and plain numbers are what they shall be already.
            return _converted(found, dtype_of(datatype)), datatype
        wanted = dtype_of(datatype)
        if isinstance(data, (list, tuple, dict)) and _is_nested(datatype):
            return array_from_json(to_json(data), datatype), datatype
        return _converted(data, wanted), datatype
    except (InvalidValueError, UnsupportedDatatypeError):
        raise
    except (ValueError, TypeError, OverflowError, LookupError) as error:
        raise InvalidValueError(str(error), code="invalid_value") from None


def _is_nested(datatype: Datatype) -> bool:
    """Whether lists of elements are told from lists that are elements by the datatype alone."""
    if isinstance(datatype, str):
        return False
    if datatype["class"] in ("vlen", "array"):
        base = datatype["base"]
        return _is_nested(base) or (isinstance(base, dict) and base["class"] == "vlen")
    return bool(datatype["class"] == "compound")


def _guessed(data: Any) -> AnyArray:
    """Return data as an array, objects with the metadata that says what they are."""
    kind = item_type(data)
    if kind is not None and issubclass(kind, Reference):
        return array_for_new_object(data)
    array = np.asarray(data)
    if array.dtype.kind == "O" and not array.dtype.metadata and kind is not None:
        if issubclass(kind, np.ndarray):
            bases = {element.dtype for element in array.flat}
            if len(bases) == 1:
                return array.astype(vlen_dtype(bases.pop()))
        elif not issubclass(kind, (str, bytes, type(None))):
            raise InvalidValueError(
                f"the array holds objects of type {kind.__name__}; say with dtype what they are",
                code="invalid_value",
            )
    return array


def _converted(data: Any, wanted: np.dtype[Any]) -> AnyArray:
    """Return data as an array of a dtype, by h5py's rules but that ``U`` is text, too."""
    base = wanted.base
    if isinstance(data, np.ndarray) and data.dtype == base and data.dtype.kind != "O":
        return data
    if isinstance(data, np.generic):
        data = np.asarray(data)
    if base.names is not None and isinstance(data, np.ndarray) and data.dtype.names is not None:
        whole = np.empty(data.shape, base)
        for name in base.names:
            check_has_member(data, name)
            whole[name] = _converted(data[name], base[name])
        return whole
    if isinstance(data, np.ndarray) and data.dtype.kind in "UT":
        data = data.astype(object)
    if check_string_dtype(base) is not None:
        _check_text(data)
    return array_for_present(data, base)


def _check_text(data: Any) -> None:
    for element in np.asarray(data, None if isinstance(data, np.ndarray) else object).flat:
        if not isinstance(element, (str, bytes, type(None))):
            raise InvalidValueError(
                f"{element!r} is neither str nor bytes, but the array holds text or objects",
                code="invalid_value",
            )
