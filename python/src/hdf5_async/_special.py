"""dtypes that numpy has no word for: text, variable length, enumerations, references, opaque bytes.

They are numpy dtypes with the same metadata that h5py gives them, so that either package understands the other's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Union

import numpy as np

from ._reference import AnyReference, Reference, RegionReference

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "StringInfo",
    "anyref_dtype",
    "check_complex_dtype",
    "check_dtype",
    "check_enum_dtype",
    "check_opaque_dtype",
    "check_ref_dtype",
    "check_string_dtype",
    "check_vlen_dtype",
    "complex_compat_dtype",
    "enum_dtype",
    "opaque_dtype",
    "ref_dtype",
    "regionref_dtype",
    "special_dtype",
    "string_dtype",
    "vlen_dtype",
]

AnyDtype = np.dtype[Any]
VlenBase = Union[type, AnyDtype]


class StringInfo(NamedTuple):
    """Of text: ``"ascii"`` or ``"utf-8"``, and its length in bytes, None for any length."""

    encoding: str
    length: int | None


def _tagged(dtype: Any, name: str, value: Any) -> AnyDtype:
    tagged: AnyDtype = np.dtype(dtype, metadata={name: value})
    return tagged


def string_dtype(encoding: str = "utf-8", length: int | None = None) -> AnyDtype:
    """Return the dtype of text, of any length or padded to ``length`` bytes."""
    encoding = encoding.lower()
    if encoding == "utf8":
        encoding = "utf-8"
    if encoding not in {"ascii", "utf-8"}:
        raise ValueError(f"the encoding of HDF5 text is ascii or utf-8, not {encoding!r}")
    if length is None:
        return _tagged("O", "vlen", bytes if encoding == "ascii" else str)
    if isinstance(length, (int, np.integer)):
        return _tagged(f"S{int(length)}", "h5py_encoding", encoding)
    raise TypeError(f"length is a number of bytes or None, not {length!r}")


def vlen_dtype(basetype: Any) -> AnyDtype:
    """Return the dtype of arrays of any length, of elements of ``basetype``."""
    if basetype not in (str, bytes):
        basetype = np.dtype(basetype)
    return _tagged("O", "vlen", basetype)


def enum_dtype(values_dict: Mapping[str, int], basetype: Any = np.uint8) -> AnyDtype:
    """Return the dtype of an enumeration of named integers."""
    base = np.dtype(basetype)
    if base.kind not in "iu":
        raise TypeError("Only integers can be used as enums")
    return _tagged(base, "enum", dict(values_dict))


def opaque_dtype(np_dtype: Any) -> AnyDtype:
    """Return a dtype whose elements are stored as bytes that HDF5 does not look into."""
    dtype = np.dtype(np_dtype)
    if np.issubdtype(dtype, np.object_):
        raise TypeError("Cannot store numpy object arrays as opaque data")
    if dtype.names is not None:
        raise TypeError("Cannot store numpy structured arrays as opaque data")
    if dtype.subdtype is not None:
        raise TypeError("Cannot store numpy sub-array dtype as opaque data")
    if dtype.itemsize == 0:
        raise TypeError("dtype for opaque data must have explicit size")
    return _tagged(dtype, "h5py_opaque", True)


ref_dtype: AnyDtype = _tagged("O", "ref", Reference)
"""Of references to objects."""
regionref_dtype: AnyDtype = _tagged("O", "ref", RegionReference)
"""Of references to a selection of a dataset's elements."""
anyref_dtype: AnyDtype = _tagged("O", "ref", AnyReference)
"""Of references to objects, regions and attributes."""
_REFERENCES = {
    Reference: ref_dtype,
    RegionReference: regionref_dtype,
    AnyReference: anyref_dtype,
}


def special_dtype(**kind: Any) -> AnyDtype:
    """Return a special dtype by the older spelling: ``vlen=``, ``enum=(base, values)`` or ``ref=``."""
    if len(kind) != 1:
        raise TypeError("Exactly one keyword may be provided")
    ((name, value),) = kind.items()
    if name == "vlen":
        return vlen_dtype(value)
    if name == "enum":
        try:
            base, values = value
        except (TypeError, ValueError):
            raise TypeError(
                "Enums must be created from a 2-tuple (basetype, values_dict)"
            ) from None
        return enum_dtype(values, base)
    if name == "ref":
        if value not in _REFERENCES:
            raise ValueError("Ref class must be Reference or RegionReference")
        return _REFERENCES[value]
    raise TypeError(f'Unknown special type "{name}"')


def _metadata(dtype: Any, name: str) -> Any:
    metadata = getattr(dtype, "metadata", None)
    return None if metadata is None else metadata.get(name)


def check_vlen_dtype(dtype: Any) -> Any:
    """Return what an element of any length is made of, ``str`` or ``bytes`` for text, or None."""
    return _metadata(dtype, "vlen")


def check_string_dtype(dtype: Any) -> StringInfo | None:
    """Return encoding and length of a dtype of text, or None."""
    base = check_vlen_dtype(dtype)
    if base is str:
        return StringInfo("utf-8", None)
    if base is bytes:
        return StringInfo("ascii", None)
    if isinstance(dtype, np.dtype) and dtype.kind == "S":
        return StringInfo(_metadata(dtype, "h5py_encoding") or "ascii", dtype.itemsize)
    return None


def check_enum_dtype(dtype: Any) -> dict[str, int] | None:
    """Return the values of an enumeration by name, or None."""
    values: dict[str, int] | None = _metadata(dtype, "enum")
    return values


def check_ref_dtype(dtype: Any) -> type | None:
    """Return the class of reference that the elements are, or None."""
    kind: type | None = _metadata(dtype, "ref")
    return kind


def check_opaque_dtype(dtype: Any) -> bool:
    """Whether the elements are stored as opaque bytes."""
    return bool(_metadata(dtype, "h5py_opaque"))


def check_dtype(**kind: Any) -> Any:
    """Return what a special dtype is by the older spelling: ``vlen=``, ``enum=``, ``ref=`` or ``opaque=``."""
    if len(kind) != 1:
        raise TypeError("Exactly one keyword may be provided")
    ((name, dtype),) = kind.items()
    if name == "opaque":
        return check_opaque_dtype(dtype)
    if name not in {"vlen", "enum", "ref"}:
        return None
    return _metadata(dtype, name)


def complex_compat_dtype(dtype: Any) -> AnyDtype:
    """Return the compound of ``r`` and ``i`` in which HDF5 programs store complex numbers."""
    given = np.dtype(dtype)
    if given.kind != "c":
        raise TypeError(f"{given} is no dtype of complex numbers")
    part = np.dtype(f"{given.byteorder}f{given.itemsize // 2}")
    return np.dtype([("r", part), ("i", part)])


def check_complex_dtype(dtype: Any) -> AnyDtype | None:
    """Return the complex dtype that a dtype holds, also as a compound of ``r`` and ``i``, or None."""
    given: AnyDtype = np.dtype(dtype)
    if given.kind == "c":
        return given
    if given.names == ("r", "i") and given.fields is not None:
        real, imaginary = given["r"], given["i"]
        if real == imaginary and real.kind == "f" and given.itemsize == 2 * real.itemsize:
            return np.dtype(f"{real.byteorder}c{given.itemsize}")
    return None
