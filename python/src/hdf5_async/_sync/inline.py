"""Small values of attributes as they come with the description of their object, without another request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._json_values import flat, from_json

if TYPE_CHECKING:
    from .._datatype import Datatype

__all__ = ["inline_value"]


def inline_value(value: Any, datatype: Datatype, shape: tuple[int, ...]) -> Any:
    """Return a value of numbers or of text of any length; None for all others, which are read."""
    if isinstance(datatype, str) and datatype[1] in "iufb":
        return from_json(value, datatype, shape)
    if isinstance(datatype, dict) and datatype.get("class") == "string":
        return _text(value, shape) if datatype.get("length") is None else None
    return None


def _text(value: Any, shape: tuple[int, ...]) -> Any:
    if not shape:
        return value if isinstance(value, str) else None
    array = np.empty(shape, object)
    elements = list(flat(value, len(shape)))
    if not all(isinstance(element, str) for element in elements):
        return None
    array.reshape(-1)[:] = elements
    return array
