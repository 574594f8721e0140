"""Values on their way into a file whose objects their references do not name: with null references in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._json_values import array_from_json, array_to_json
from .._mapping import dtype_of
from .._payload import without_dims
from .._reference import class_of_references

if TYPE_CHECKING:
    from .._datatype import Datatype

__all__ = ["fill_without_references", "holds_references", "is_reference", "without_references"]

AnyArray = np.ndarray[Any, Any]


def is_reference(datatype: Datatype) -> bool:
    """Whether elements are references, or arrays of nothing else."""
    element = without_dims(datatype)
    return isinstance(element, dict) and element["class"] == "reference"


def holds_references(datatype: Datatype) -> bool:
    """Whether elements, or any parts of them, are references."""
    if isinstance(datatype, str):
        return False
    if datatype["class"] in ("array", "vlen"):
        return holds_references(datatype["base"])
    if datatype["class"] == "compound":
        return any(holds_references(member["datatype"]) for member in datatype["members"])
    return is_reference(datatype)


def without_references(array: AnyArray, datatype: Datatype) -> AnyArray:
    """Return the elements with null references of the same kind; the array itself where it holds none."""
    element = without_dims(datatype)
    if isinstance(element, str) or not holds_references(element):
        return array
    if element["class"] == "compound":
        nulled = array.copy()
        for member in element["members"]:
            name = member["name"]
            nulled[name] = without_references(array[name], member["datatype"])
        return nulled
    nulled = np.empty(array.size, array.dtype)
    for index, value in enumerate(array.reshape(-1)):
        nulled[index] = _null_of(element, value)
    return nulled.reshape(array.shape)


def _null_of(datatype: dict[str, Any], value: Any) -> Any:
    """Return a null reference, or a sequence of as many as there were."""
    if datatype["class"] == "reference":
        return class_of_references(datatype["kind"]).from_json(None)
    base = datatype["base"]
    return without_references(np.asarray(value, dtype_of(base).base), base)


def fill_without_references(value: Any, datatype: Datatype) -> Any:
    """Return a fill value, as the protocol's JSON has it, with null references."""
    if value is None or not holds_references(datatype):
        return value
    return array_to_json(
        without_references(array_from_json(value, datatype, ()), datatype), datatype
    )
