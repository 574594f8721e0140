"""HDF5 datatypes as the wire writes them, and numpy dtypes with h5py's metadata, both ways."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ._datatype import VARIABLE_STRING, Datatype
from ._special import (
    anyref_dtype,
    check_enum_dtype,
    check_opaque_dtype,
    check_ref_dtype,
    check_string_dtype,
    check_vlen_dtype,
    enum_dtype,
    opaque_dtype,
    ref_dtype,
    regionref_dtype,
    string_dtype,
    vlen_dtype,
)
from .exceptions import UnsupportedDatatypeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["datatype_of", "dtype_of", "has_heap", "inner_dims", "part_of", "wire_dtype"]

_NOTATION = re.compile(r"[<>|](i[1248]|u[1248]|f[248]|c4|c8|c16|b1|S[1-9][0-9]*)")

OPAQUE_TAG = "NUMPY:"
"""Begins the tag of opaque data whose rest is numpy's name of the dtype; also h5py's convention."""

_EXTENDED_FLOAT = {
    "sign_bit": 79,
    "exponent_bit": 64,
    "exponent_bits": 15,
    "mantissa_bit": 0,
    "mantissa_bits": 64,
    "exponent_bias": 16383,
    "normalization": "none",
    "precision": 80,
}
"""x86's ``long double`` of 80 bits, as numpy has it on that machine."""


def datatype_of(dtype: np.dtype[Any]) -> Datatype:
    """Return the datatype that h5py stores a dtype as.

    Raises:
        TypeError: where HDF5 has none for it.

    """
    if dtype.subdtype is not None:
        base, dims = dtype.subdtype
        return {"class": "array", "base": datatype_of(base), "dims": list(dims)}
    if check_opaque_dtype(dtype):
        plain = np.dtype(dtype.str)
        return {"class": "opaque", "size": dtype.itemsize, "tag": OPAQUE_TAG + plain.str}
    special = _special_datatype(dtype)
    if special is not None:
        return special
    if dtype.names is not None:
        return _compound_datatype(dtype)
    if dtype.kind == "V":
        return {"class": "opaque", "size": dtype.itemsize, "tag": ""}
    if dtype.kind == "T":
        return dict(VARIABLE_STRING)
    if dtype.kind in "iubfcS":
        return _plain_datatype(dtype)
    if dtype.kind == "O":
        raise TypeError(f"Object dtype {dtype!r} has no native HDF5 equivalent")
    raise TypeError(f"No conversion path for dtype: {dtype!r}")


def _special_datatype(dtype: np.dtype[Any]) -> Datatype | None:
    values = check_enum_dtype(dtype)
    if values is not None:
        members = [{"name": name, "value": int(value)} for name, value in values.items()]
        return {"class": "enum", "base": _plain_datatype(dtype), "members": members}
    text = check_string_dtype(dtype)
    if text is not None and (text.length is None or text.encoding == "utf-8"):
        padding = "null_terminated" if text.length is None else "null_padded"
        return {
            "class": "string",
            "length": text.length,
            "charset": text.encoding,
            "padding": padding,
        }
    base = check_vlen_dtype(dtype)
    if base is not None:
        return {"class": "vlen", "base": datatype_of(np.dtype(base))}
    kind = check_ref_dtype(dtype)
    if kind is not None:
        # By name, so that h5py's own dtypes are understood, too.
        kinds = {"RegionReference": "region", "AnyReference": "any"}
        return {"class": "reference", "kind": kinds.get(kind.__name__, "object")}
    return None


def _plain_datatype(dtype: np.dtype[Any]) -> Datatype:
    if dtype.kind == "f" and dtype.itemsize > 8:
        order = "<" if np.dtype(dtype).newbyteorder("<") == dtype else ">"
        return {
            "class": "float",
            "size": dtype.itemsize,
            "order": order,
            "format": dict(_EXTENDED_FLOAT),
        }
    if dtype.kind == "c" and dtype.itemsize > 16:
        part = np.dtype(f"f{dtype.itemsize // 2}")
        return _compound_datatype(np.dtype([("r", part), ("i", part)]))
    if dtype.kind == "S" and dtype.itemsize == 0:
        raise TypeError("HDF5 has no text of length 0")
    return dtype.str


def _compound_datatype(dtype: np.dtype[Any]) -> Datatype:
    """Keep numpy's offsets where all members have one size everywhere, otherwise pack them."""
    assert dtype.names is not None
    packed = any(has_heap(datatype_of(dtype[name])) for name in dtype.names)
    members, end = [], 0
    for name in dtype.names:
        datatype = datatype_of(dtype[name])
        offset = end if packed else dtype.fields[name][1]  # type: ignore[index]
        members.append({"name": name, "offset": offset, "datatype": datatype})
        end = offset + _memory_bytes(datatype)
    return {"class": "compound", "size": end if packed else dtype.itemsize, "members": members}


def _memory_bytes(datatype: Datatype) -> int:
    """Return the bytes of an element in HDF5's memory, by which compounds count their offsets."""
    if isinstance(datatype, dict):
        kind = datatype["class"]
        if kind == "string" and datatype["length"] is None:
            return 8
        if kind == "vlen":
            return 16
        if kind == "reference":
            return 12 if datatype["kind"] == "region" else 8
        if kind == "array":
            return _memory_bytes(datatype["base"]) * math.prod(datatype["dims"])
        if kind == "compound":
            return int(datatype["size"])
    return dtype_of(datatype).itemsize


def dtype_of(datatype: Datatype) -> np.dtype[Any]:
    """Return the dtype of arrays that hold elements of a datatype, as h5py's users know it.

    Raises:
        UnsupportedDatatypeError: where numpy has none.

    """
    dtype = _notated(datatype) if isinstance(datatype, str) else _described(datatype)
    if dtype is None:
        raise UnsupportedDatatypeError(
            f"no numpy array holds elements of {datatype!r}", code="unsupported_datatype"
        )
    return dtype


def _notated(notation: str) -> np.dtype[Any] | None:
    if notation[1:] == "c4":
        return np.dtype([(part, f"{notation[0]}f2") for part in "ri"])
    return np.dtype(notation) if _NOTATION.fullmatch(notation) else None


def _described(datatype: Mapping[str, Any]) -> np.dtype[Any] | None:
    read = _READERS.get(str(datatype.get("class")))
    return None if read is None else read(datatype)


def _string(datatype: Mapping[str, Any]) -> np.dtype[Any]:
    if datatype["length"] is not None and datatype["charset"] == "ascii":
        return string_dtype("ascii", datatype["length"])
    return string_dtype(datatype["charset"], datatype["length"])


def _vlen(datatype: Mapping[str, Any]) -> np.dtype[Any]:
    return vlen_dtype(dtype_of(datatype["base"]))


def _enum(datatype: Mapping[str, Any]) -> np.dtype[Any]:
    values = {member["name"]: member["value"] for member in datatype["members"]}
    return enum_dtype(values, dtype_of(datatype["base"]))


def _array(datatype: Mapping[str, Any]) -> np.dtype[Any]:
    return np.dtype((dtype_of(datatype["base"]), tuple(datatype["dims"])))


def _opaque(datatype: Mapping[str, Any]) -> np.dtype[Any]:
    tag = datatype["tag"]
    if tag.startswith(OPAQUE_TAG):
        try:
            named = np.dtype(tag[len(OPAQUE_TAG) :])
        except TypeError:
            named = None
        if named is not None and named.itemsize == datatype["size"]:
            return opaque_dtype(named)
    return np.dtype(f"V{datatype['size']}")


def _complex(datatype: Mapping[str, Any]) -> np.dtype[Any]:
    part = dtype_of(datatype["base"])
    return np.dtype(f"{part.byteorder}c{2 * part.itemsize}")


def _reference(datatype: Mapping[str, Any]) -> np.dtype[Any]:
    return {"region": regionref_dtype, "any": anyref_dtype}.get(datatype["kind"], ref_dtype)


def _bitfield(datatype: Mapping[str, Any]) -> np.dtype[Any] | None:
    if datatype["size"] not in (1, 2, 4, 8):
        return None
    return np.dtype(f"{datatype.get('order') or '<'}u{datatype['size']}")


def _integer(datatype: Mapping[str, Any]) -> np.dtype[Any] | None:
    """Return the dtype of the same bytes; HDF5 widens odd precisions to it."""
    if datatype["size"] not in (1, 2, 4, 8):
        return None
    kind = "i" if datatype["signed"] else "u"
    return np.dtype(f"{datatype['order']}{kind}{datatype['size']}")


def _float(datatype: Mapping[str, Any]) -> np.dtype[Any] | None:
    longest = np.dtype(np.longdouble)
    parts = datatype["format"]
    extended = all(
        parts.get(name) == _EXTENDED_FLOAT[name] for name in ("exponent_bits", "mantissa_bits")
    )
    if extended and datatype["size"] == longest.itemsize:
        return longest.newbyteorder(datatype["order"])
    return None


def _compound(datatype: Mapping[str, Any]) -> np.dtype[Any]:
    members = datatype["members"]
    names = [member["name"] for member in members]
    dtypes = [dtype_of(member["datatype"]) for member in members]
    if any(has_heap(member["datatype"]) for member in members):
        return np.dtype(list(zip(names, dtypes)))
    layout = {
        "names": names,
        "formats": dtypes,
        "offsets": [member["offset"] for member in members],
        "itemsize": datatype["size"],
    }
    dtype = np.dtype(layout)  # type: ignore[call-overload]
    packed = np.dtype(list(zip(names, dtypes)))
    if names == ["r", "i"] and dtypes[0] == dtypes[1] and dtypes[0].kind == "f":
        if dtypes[0].itemsize > 8:
            return np.dtype(np.clongdouble)
        if dtypes[0].itemsize >= 4 and dtype == packed:
            return np.dtype(f"{dtypes[0].byteorder}c{2 * dtypes[0].itemsize}")
    return packed if dtype == packed else dtype


_READERS = {
    "string": _string,
    "vlen": _vlen,
    "enum": _enum,
    "array": _array,
    "opaque": _opaque,
    "reference": _reference,
    "bitfield": _bitfield,
    "integer": _integer,
    "float": _float,
    "complex": _complex,
    "compound": _compound,
}


def has_heap(datatype: Datatype) -> bool:
    """Whether elements, or parts of them, lie in the heap behind the slots of a payload."""
    if isinstance(datatype, str):
        return False
    kind = datatype.get("class")
    if kind == "string":
        return datatype["length"] is None
    if kind == "array":
        return has_heap(datatype["base"])
    if kind == "compound":
        return any(has_heap(member["datatype"]) for member in datatype["members"])
    return kind in ("vlen", "reference")


def wire_dtype(datatype: Datatype) -> np.dtype[Any]:
    """Return the dtype of elements as a payload has them, slots of the heap as pairs of numbers."""
    if isinstance(datatype, str) or not has_heap(datatype):
        return dtype_of(datatype)
    kind = datatype["class"]
    if kind == "array":
        return np.dtype((wire_dtype(datatype["base"]), tuple(datatype["dims"])))
    if kind == "compound":
        # Packed: only compounds of fixed size keep their offsets in a payload.
        return np.dtype(
            [(member["name"], wire_dtype(member["datatype"])) for member in datatype["members"]]
        )
    return np.dtype(("<u8", (2,)))


def part_of(datatype: Datatype, names: Sequence[str]) -> Datatype:
    """Return the datatype of some members of a compound: that of one itself, of several a packed compound."""
    assert isinstance(datatype, dict), "only compounds have members"
    found = {member["name"]: member["datatype"] for member in datatype["members"]}
    if len(names) == 1:
        return found[names[0]]  # type: ignore[no-any-return]
    members, end = [], 0
    for name in names:
        members.append({"name": name, "offset": end, "datatype": found[name]})
        end += _memory_bytes(found[name])
    return {"class": "compound", "size": end, "members": members}


def inner_dims(datatype: Datatype) -> tuple[int, ...]:
    """Return the axes that numpy gives an array for the dims of each element, where elements are arrays."""
    dims: tuple[int, ...] = ()
    while isinstance(datatype, dict) and datatype.get("class") == "array":
        dims += tuple(datatype["dims"])
        datatype = datatype["base"]
    return dims
