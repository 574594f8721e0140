"""Elements between numpy arrays or plain Python values and the JSON of text messages."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from ._datatype import is_string, is_variable_length
from ._mapping import dtype_of
from ._payload import as_text, without_dims
from ._reference import Reference, class_of_references
from ._sink import scalar
from .exceptions import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ._datatype import Datatype

__all__ = ["array_from_json", "array_to_json", "flat", "from_json", "to_json"]

AnyArray = np.ndarray[Any, Any]


def from_json(data: Any, datatype: Datatype, shape: Sequence[int] | None = None) -> Any:
    """Return JSON values as an array or, without axes, a scalar.

    Without ``shape`` it is read off the lists, as many of them as are not an element's own.

    Raises:
        UnsupportedDatatypeError: where no array holds such elements.

    """
    return None if data is None else scalar(array_from_json(data, datatype, shape), datatype)


def array_from_json(data: Any, datatype: Datatype, shape: Sequence[int] | None = None) -> AnyArray:
    """Return JSON values as an array, also where they are one element."""
    if shape is None:
        shape = _shape_of_lists(data, datatype)
    array = _array(list(flat(data, len(shape))), datatype)
    return array.reshape((*shape, *array.shape[1:]))


def _depth_of(datatype: Datatype) -> int:
    """Return how deep the lists of one element are nested."""
    if isinstance(datatype, str):
        return 1 if datatype[1] == "c" else 0
    kind = datatype.get("class")
    if kind == "array":
        return len(datatype["dims"]) + _depth_of(datatype["base"])
    if kind == "vlen":
        return 1 + _depth_of(datatype["base"])
    if kind == "compound":
        # A first member that is a list itself is what `_shape_of_lists` looks into.
        return 1 + _depth_of(datatype["members"][0]["datatype"])
    return 1 if kind == "complex" else 0


def _shape_of_lists(data: Any, datatype: Datatype) -> list[int]:
    element_depth = _depth_of(datatype)
    lengths = []
    while isinstance(data, list):
        lengths.append(len(data))
        data = data[0] if data else None
    if isinstance(data, dict):
        element_depth -= _depth_of_object(datatype)
    if lengths and lengths[-1] == 0 and element_depth:
        # An empty list is a sequence without elements, or no elements at all.
        return lengths[: max(1, len(lengths) - element_depth)]
    return lengths[: max(0, len(lengths) - element_depth)]


def _depth_of_object(datatype: Datatype) -> int:
    """Return how deep the lists would be nested in whose place compounds are objects by name."""
    while isinstance(datatype, dict) and datatype["class"] in ("array", "vlen"):
        datatype = datatype["base"]
    is_compound = isinstance(datatype, dict) and datatype["class"] == "compound"
    return _depth_of(datatype) if is_compound else 0


def flat(data: Any, depth: int) -> Iterable[Any]:
    """Yield the elements of lists that are nested ``depth`` deep."""
    if depth == 0:
        yield data
        return
    for element in data:
        yield from flat(element, depth - 1)


def _array(elements: Sequence[Any], datatype: Datatype) -> AnyArray:
    """Return elements as an array of one axis, and of those that are an element's own."""
    dtype = dtype_of(datatype)
    if is_string(datatype):
        return _texts(elements, datatype, dtype)
    if dtype.kind == "c":
        parts = [(_number(real), _number(imaginary)) for real, imaginary in elements]
        return np.array([complex(*pair) for pair in parts], dtype)
    if isinstance(datatype, dict) and datatype["class"] in _MAKERS:
        return _MAKERS[datatype["class"]](elements, datatype, dtype)
    if dtype.names is not None:
        return np.array([tuple(_number(part) for part in each) for each in elements], dtype)
    return np.array([_number(element) for element in elements], dtype)


def _number(element: Any) -> Any:
    """Read a number; Python knows "NaN", "Infinity" and "-Infinity"."""
    return float(element) if isinstance(element, str) else element


def _texts(elements: Sequence[Any], datatype: Datatype, dtype: np.dtype[Any]) -> AnyArray:
    encoded = [_bytes(element) for element in elements]
    array = np.empty(len(elements), dtype)
    array[:] = [as_text(each) for each in encoded] if is_variable_length(datatype) else encoded
    return array


def _bytes(element: Any) -> bytes:
    if isinstance(element, dict):
        return base64.b64decode(element["base64"])
    return str(element).encode("utf-8", "surrogateescape")


def _compounds(
    elements: Sequence[Any], datatype: Mapping[str, Any], dtype: np.dtype[Any]
) -> AnyArray:
    array = np.empty(len(elements), dtype)
    for position, member in enumerate(datatype["members"]):
        values = [
            element[member["name"] if isinstance(element, dict) else position]
            for element in elements
        ]
        array[member["name"]] = _array(values, member["datatype"])
    return array


def _arrays(elements: Sequence[Any], datatype: Mapping[str, Any], _: np.dtype[Any]) -> AnyArray:
    dims = datatype["dims"]
    inner = _array(list(flat(elements, 1 + len(dims))), datatype["base"])
    return inner.reshape((len(elements), *dims, *inner.shape[1:]))


def _sequences(
    elements: Sequence[Any], datatype: Mapping[str, Any], dtype: np.dtype[Any]
) -> AnyArray:
    array = np.empty(len(elements), dtype)
    for index, element in enumerate(elements):
        array[index] = _array(element or [], datatype["base"])
    return array


def _opaque(elements: Sequence[Any], _: Mapping[str, Any], dtype: np.dtype[Any]) -> AnyArray:
    return np.frombuffer(b"".join(map(_bytes, elements)), dtype, len(elements)).copy()


def _floats(elements: Sequence[Any], _: Mapping[str, Any], dtype: np.dtype[Any]) -> AnyArray:
    array = np.empty(len(elements), dtype)
    for index, element in enumerate(elements):
        octets = _bytes(element) if isinstance(element, dict) else None
        array[index] = _number(element) if octets is None else np.frombuffer(octets, dtype)[0]
    return array


def _references(
    elements: Sequence[Any], datatype: Mapping[str, Any], dtype: np.dtype[Any]
) -> AnyArray:
    kind = class_of_references(datatype["kind"])
    array = np.empty(len(elements), dtype)
    for index, element in enumerate(elements):
        array[index] = kind.from_json(element)
    return array


_MAKERS: dict[str, Callable[[Sequence[Any], Mapping[str, Any], np.dtype[Any]], AnyArray]] = {
    "compound": _compounds,
    "array": _arrays,
    "vlen": _sequences,
    "opaque": _opaque,
    "float": _floats,
    "reference": _references,
}


def array_to_json(array: AnyArray, datatype: Datatype) -> Any:
    """Return an array of a datatype's dtype as nested lists of its shape."""
    element = without_dims(datatype)
    return _nested(iter(_elements_to_json(array.reshape(-1), element)), array.shape)


def _nested(elements: Iterator[Any], shape: Sequence[int]) -> Any:
    if not shape:
        return next(elements)
    return [_nested(elements, shape[1:]) for _ in range(shape[0])]


def _elements_to_json(elements: AnyArray, datatype: Datatype) -> list[Any]:
    kind = datatype["class"] if isinstance(datatype, dict) else None
    if isinstance(datatype, dict) and kind == "compound":
        members = []
        for member in datatype["members"]:
            column = elements[member["name"]]
            # Slices, because an element of an object array would be no array.
            parts = (column[at : at + 1].reshape(column.shape[1:]) for at in range(len(column)))
            members.append([array_to_json(part, member["datatype"]) for part in parts])
        return [list(compound) for compound in zip(*members)]
    if isinstance(datatype, dict) and kind == "vlen":
        return [array_to_json(np.asarray(part), datatype["base"]) for part in elements]
    if kind == "opaque":
        return [{"base64": base64.b64encode(part.tobytes()).decode()} for part in elements]
    return [to_json(element) for element in elements]


def to_json(value: Any) -> Any:
    """Return plain Python values as the wire's JSON has them: exact integers, named specials, text."""
    if isinstance(value, (list, tuple)):
        return [to_json(element) for element in value]
    if isinstance(value, np.floating):
        # Of a long double, what a double has of it.
        return _plain_to_json(float(value))
    if isinstance(value, np.generic) and not isinstance(value, np.void):
        return to_json(value.item())
    if isinstance(value, np.void):
        return to_json(value.item() if value.dtype.names is not None else value.tobytes())
    if isinstance(value, np.ndarray):
        return to_json(value.tolist())
    if isinstance(value, dict) and value and all(isinstance(name, str) for name in value):
        return {name: to_json(element) for name, element in value.items()}
    if isinstance(value, Reference):
        return value.to_json()
    return _plain_to_json(value)


def _plain_to_json(value: Any) -> Any:
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return value
    if isinstance(value, (str, bytes)):
        encoded = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
        try:
            return encoded.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(encoded).decode()}
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise InvalidValueError(
            f"{value} is beyond the whole numbers of 64 bits; make it a float", code="invalid_value"
        )
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, complex):
        return [_plain_to_json(value.real), _plain_to_json(value.imag)]
    raise InvalidValueError(
        f"{value!r} of type {type(value).__name__} is no value that can be sent",
        code="invalid_value",
    )
