"""What is assigned to a part of a dataset, turned into values that its elements or some of their members take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._mapping import dtype_of, part_of
from .._newdata import array_for_present, by_name
from .._special import check_enum_dtype
from . import elements
from .selections import Selected, expanded_shape

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["assign"]

AnyArray = np.ndarray[Any, Any]


def assign(dataset: Dataset, names: tuple[str, ...], selected: Selected, value: Any) -> None:
    """Give the selected elements new values, or those members of them that are named.

    Compounds with only some of the members leave the others as they are.
    """
    present = dataset.dtype
    names = names or _members_of(value, present)
    if names:
        _assign_members(dataset, names, selected, value)
        return
    array = _as_values(value, present, selected)
    array = _outer_reshaped(array, present, selected)
    stored = dataset._facts["datatype"]
    datatype = elements.datatype_to_send(array, stored)
    elements.write(dataset.id, selected, elements.converted(array, stored), datatype)


def _members_of(value: Any, present: np.dtype[Any]) -> tuple[str, ...]:
    """Return the members that compounds to be written have, where those are only some of the dataset's."""
    names = value.dtype.names if _is_compound(value) else None
    if names is None or present.names is None:
        return ()
    return tuple(names) if set(names) < set(present.names) else ()


def _is_compound(value: Any) -> bool:
    """Whether members go by their names; those of a single ``numpy.void`` go by their places, as in h5py."""
    return isinstance(value, np.ndarray) and value.dtype.names is not None


def _outer_reshaped(array: AnyArray, dtype: np.dtype[Any], selected: Selected) -> AnyArray:
    """Give an array the rank of the selection; the last axes are those of each element."""
    outer = array.shape[: array.ndim - len(dtype.shape)]
    return array.reshape(expanded_shape(outer, selected) + dtype.shape)


def _as_values(value: Any, present: np.dtype[Any], selected: Selected) -> AnyArray:
    """Return what is to be written in a dtype that the dataset takes."""
    if present.subdtype is not None:
        base, inner = present.subdtype
        array = np.asarray(value, base, order="C")
        if array.shape[array.ndim - len(inner) :] != inner:
            raise TypeError(f"Can't broadcast {array.shape} -> {selected.shape + inner}")
        return array
    if isinstance(value, np.ndarray) and value.dtype.kind in "iufb" and present.kind in "iufb":
        # As numpy and HDF5 do; numbers that are too large are refused by the server, where HDF5 would take others.
        cut = value.dtype.kind == "f" and present.kind in "iu" and check_enum_dtype(present) is None
        return np.trunc(value) if cut else value
    if present.names is not None and _is_compound(value):
        return by_name(np.asarray(value), present)
    try:
        return array_for_present(value, present)
    except ValueError as error:
        if isinstance(error, UnicodeError):
            raise
        raise TypeError(f"Can't convert the values to {present}: {error}") from error


def _assign_members(
    dataset: Dataset, names: tuple[str, ...], selected: Selected, value: Any
) -> None:
    """Give some members of compound elements new values; the others stay as they are."""
    for name in names:
        if name not in (dataset.dtype.names or ()):
            raise ValueError(f"No such field for indexing: {name}")
    datatype = part_of(dataset._facts["datatype"], names)
    dtype = dtype_of(datatype)
    if len(names) == 1:
        given = value[names[0]] if _is_compound(value) else value
        array = array_for_present(given, dtype.base)
    elif _is_compound(value):
        array = by_name(np.asarray(value), dtype)
    else:
        array = np.empty(np.shape(value), dtype)
        for name in names:
            array[name] = value
    elements.write(dataset.id, selected, _outer_reshaped(array, dtype, selected), datatype, names)
