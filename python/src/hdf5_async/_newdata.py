"""From anything that people assign to arrays whose dtype HDF5 knows, by h5py's rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._reference import AnyReference, Reference, RegionReference
from ._special import (
    check_ref_dtype,
    check_string_dtype,
    check_vlen_dtype,
    ref_dtype,
    regionref_dtype,
    string_dtype,
)

__all__ = [
    "array_for_new_object",
    "array_for_present",
    "by_name",
    "check_has_member",
    "item_type",
]

AnyArray = np.ndarray[Any, Any]


def item_type(data: Any) -> type | None:
    """Return the one type of all elements of nested lists or an object array, or None."""
    if isinstance(data, (list, tuple)):
        kinds = {item_type(element) for element in data}
    elif isinstance(data, np.ndarray) and data.dtype.kind == "O" and not data.dtype.metadata:
        kinds = {type(element) for element in data.flat}
    else:
        return None if isinstance(data, np.ndarray) else type(data)
    return kinds.pop() if len(kinds) == 1 else None


_GUESSES = {
    bytes: string_dtype("ascii"),
    str: string_dtype(),
    Reference: ref_dtype,
    RegionReference: regionref_dtype,
}


def array_for_new_object(data: Any, dtype: np.dtype[Any] | None = None) -> AnyArray:
    """Return the array that a new dataset or attribute is made of."""
    wanted = dtype
    if wanted is None:
        found = item_type(data)
        wanted = None if found is None else _GUESSES.get(found)
    if wanted is None:
        return np.asarray(data, order="C")
    if wanted.subdtype is not None:
        wanted = wanted.subdtype[0]
    return array_for_present(data, wanted)


def array_for_present(data: Any, dtype: np.dtype[Any]) -> AnyArray:
    """Return data as an array of a dtype that is known already.

    Raises:
        TypeError: where the data cannot become that.

    """
    base = check_vlen_dtype(dtype)
    if base is not None and base not in (str, bytes):
        return _vlen_array(data, np.dtype(base), dtype)
    text = check_string_dtype(dtype)
    if text is not None and text.length is not None:
        if isinstance(data, np.ndarray) and data.dtype.kind == "U":
            raise TypeError(f"No conversion path for dtype: {data.dtype!r}")
        return _fixed_text(data, dtype, text.encoding)
    if dtype.kind == "O":
        return _object_array(data, dtype)
    return np.asarray(data, dtype, order="C")


def by_name(data: AnyArray, dtype: np.dtype[Any]) -> AnyArray:
    """Return compounds as those of another dtype: by the names of their members, as HDF5 does, not by place."""
    if data.dtype == dtype:
        return data
    assert dtype.names is not None
    whole = np.empty(data.shape, dtype)
    for name in dtype.names:
        check_has_member(data, name)
        part = data[name]
        nested = dtype[name].names is not None and part.dtype.names is not None
        whole[name] = by_name(part, dtype[name]) if nested else part
    return whole


def check_has_member(data: AnyArray, name: str) -> None:
    """Refuse compounds without a member that is to be written.

    Raises:
        TypeError: where there is none of that name.

    """
    if name not in (data.dtype.names or ()):
        raise TypeError(f"the values have members {data.dtype.names}, and none named {name!r}")


def _fixed_text(data: Any, dtype: np.dtype[Any], encoding: str) -> AnyArray:
    if isinstance(data, np.ndarray) and data.dtype.kind in "ST":
        found: AnyArray = data
    else:
        found = np.asarray(data)
    if found.dtype.kind in "UOT":
        octets = [
            element.encode(encoding) if isinstance(element, str) else bytes(element)
            for element in found.flat
        ]
        whole = np.empty(found.shape, dtype)
        whole.reshape(-1)[:] = octets
        return whole
    return np.asarray(found, dtype, order="C")


def _object_array(data: Any, dtype: np.dtype[Any]) -> AnyArray:
    """Return references or text of any length as objects, checked where h5py checks them."""
    found = np.asarray(data, dtype=object if not _is_stringdtype(data) else None)
    if found.dtype.kind == "T":
        found = np.asarray(found, dtype=object)
    text = check_string_dtype(dtype)
    kind = check_ref_dtype(dtype)
    checked = np.empty(found.shape, dtype)
    flat = checked.reshape(-1)
    for index, element in enumerate(found.flat):
        if kind is not None and not _is_reference(element, kind):
            raise TypeError(
                f"Can't convert incompatible object to HDF5 object reference: {element!r}"
            )
        if text is not None and isinstance(element, str) and text.encoding == "ascii":
            element.encode("ascii")
        if text is not None and not isinstance(element, (str, bytes, type(None), int)):
            element = str(element)
        flat[index] = element
    return checked


def _is_reference(element: Any, kind: type) -> bool:
    """Whether an element is a reference, or the nothing of an array that was never filled."""
    fits = isinstance(element, Reference) if kind is AnyReference else type(element) is kind
    return element is None or fits or (isinstance(element, int) and element == 0)


def _is_stringdtype(data: Any) -> bool:
    return isinstance(data, np.ndarray) and data.dtype.kind == "T"


def _vlen_array(data: Any, base: np.dtype[Any], dtype: np.dtype[Any]) -> AnyArray:
    """Return an object array with an array of ``base`` for each element.

    A plain array is one element where it has one axis, and otherwise its last axis is what varies.
    """
    if isinstance(data, np.ndarray) and data.dtype.kind == "O":
        whole = np.empty(data.shape, dtype)
        for index, element in np.ndenumerate(data):
            whole[index] = _vlen_element(element, base)
        return whole
    if base.kind == "O" and isinstance(data, (list, tuple)):
        return _listed_sequences(data, base, dtype)
    try:
        array = np.asarray(data, base)
    except (ValueError, TypeError):
        whole = np.empty(len(data), dtype)
        for position, element in enumerate(data):
            whole[position] = _vlen_element(element, base)
        return whole
    if array.ndim == 0:
        raise TypeError(f"a value of dtype {dtype} is a sequence, not {data!r}")
    whole = np.empty(array.shape[:-1], dtype)
    for index in np.ndindex(whole.shape):
        whole[index] = array[index]
    return whole


def _listed_sequences(data: Any, base: np.dtype[Any], dtype: np.dtype[Any]) -> AnyArray:
    """Return one sequence or a list of them, as deep as the lists are nested."""
    depth, own, inner = _nesting(data), 1, check_vlen_dtype(base)
    while inner is not None and inner not in (str, bytes):
        own, inner = own + 1, check_vlen_dtype(np.dtype(inner))
    whole = np.empty((len(data),) if depth > own else (), dtype)
    for index in np.ndindex(whole.shape):
        element = data[index[0]] if index else data
        if own > 1:
            made = np.empty(len(element), base)
            for place, part in enumerate(element):
                made[place] = _vlen_element(part, np.dtype(check_vlen_dtype(base)))
            whole[index] = made
        else:
            whole[index] = array_for_present(list(element), base)
    return whole


def _nesting(data: Any) -> int:
    """Return how many lists or axes are around the first element."""
    if isinstance(data, np.ndarray):
        return data.ndim + (_nesting(data.flat[0]) if data.dtype.kind == "O" and data.size else 0)
    if not isinstance(data, (list, tuple)):
        return 0
    return 1 + max((_nesting(element) for element in data), default=0)


def _vlen_element(element: Any, base: np.dtype[Any]) -> AnyArray:
    if element is None or (isinstance(element, int) and element == 0):
        return np.empty(0, base)
    inner = check_vlen_dtype(base)
    if inner is not None and inner not in (str, bytes):
        return _vlen_array(element, np.dtype(inner), base)
    return array_for_present(element, base)
