"""HDF5 datatypes as the wire writes them."""

from __future__ import annotations

from typing import Any, Union

__all__ = ["VARIABLE_STRING", "Datatype", "is_string", "is_variable_length"]

Datatype = Union[str, dict[str, Any]]
"""numpy's array-interface notation such as ``"<f8"``, or an object with ``class``."""

VARIABLE_STRING: dict[str, Any] = {
    "class": "string",
    "length": None,
    "charset": "utf-8",
    "padding": "null_terminated",
}
"""Text of any length, as Python's ``str``."""


def is_string(datatype: Datatype) -> bool:
    """Whether the elements are text."""
    if isinstance(datatype, str):
        return datatype.startswith("|S")
    return datatype.get("class") == "string"


def is_variable_length(datatype: Datatype) -> bool:
    """Whether the elements are text of any length."""
    return isinstance(datatype, dict) and is_string(datatype) and datatype["length"] is None
