"""The attributes of an object as a mapping."""

from __future__ import annotations

import math
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._mapping import datatype_of, dtype_of
from .._newdata import array_for_new_object, array_for_present
from .._payload import encode
from .._reference import Empty
from .._special import check_string_dtype
from ..exceptions import NotFoundError
from .identifiers import AttrID, TypeID
from .inline import inline_value
from .null_references import without_references
from .paths import Name
from .values import ValuesSink
from .views import ItemsView, KeysView, ValuesView

if TYPE_CHECKING:
    from .objects import HLObject

__all__ = ["AttributeManager"]


def _as_name(name: Any) -> str:
    if isinstance(name, bytes):
        return name.decode("utf-8", "surrogateescape")
    if isinstance(name, str):
        return name
    raise TypeError(f"Attribute names are bytes or str, not {type(name)}")


class AttributeManager(MutableMapping[Name, Any]):
    """Reads, writes and lists the attributes of an object like a dict."""

    def __init__(self, parent: HLObject) -> None:
        self._id = parent._id

    def _infos(self) -> dict[str, dict[str, Any]]:
        described = self._id.described()
        return {info["name"]: info for info in described["attributes"]}

    def get_id(self, name: Name) -> AttrID:
        """Return what is known of one attribute.

        Raises:
            KeyError: where there is none of that name.

        """
        text = _as_name(name)
        info = self._infos().get(text)
        if info is None:
            raise KeyError(f"Unable to open attribute (can't locate attribute: '{text}')")
        return AttrID(info)

    def __getitem__(self, name: Name) -> Any:
        known = self.get_id(name)
        if known.shape is None:
            return Empty(known.dtype)
        if known.value is not None:
            plain = inline_value(known.value, known.datatype, known.shape)
            if plain is not None:
                return plain
        array = self._read(name)
        text = check_string_dtype(dtype_of(known.datatype))
        if text is not None and text.length is None:
            decoded = np.empty(array.shape, object)
            for index, element in np.ndenumerate(array):
                decoded[index] = element.decode("utf-8", "surrogateescape")
            array = decoded
        return array[()] if array.ndim == 0 else array

    def _read(self, name: Name) -> np.ndarray[Any, Any]:
        fields = {"path": self._id.place, "name": _as_name(name), "encoding": "binary"}
        array = self._id.file.call("read_attribute", fields, sink=ValuesSink()).result
        assert array is not None, "an attribute with a shape has values"
        return np.asarray(array)

    def __setitem__(self, name: Name, value: Any) -> None:
        self.create(name, data=value)

    def __delitem__(self, name: Name) -> None:
        fields = {"path": self._id.place, "name": _as_name(name)}
        if not self._id.file.writable:
            raise KeyError("Unable to delete an attribute (no write intent on file)")
        self._id.file.change("delete_attribute", fields)

    def create(self, name: Name, data: Any, shape: Any = None, dtype: Any = None) -> None:
        """Make an attribute or replace it, with a shape and a dtype of one's own choice."""
        text = _as_name(name)
        named = None
        if dtype is not None and isinstance(getattr(dtype, "id", None), TypeID):
            named = dtype.id.path
            dtype = dtype.dtype
        elif dtype is not None:
            dtype = np.dtype(dtype)
        if isinstance(data, Empty):
            empty = data.dtype if dtype is None else dtype
            self._write(text, None, datatype_of(empty), None, named)
            return
        array = array_for_new_object(data, dtype)
        wanted = array.dtype if dtype is None else dtype
        dims = (
            array.shape if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        )
        if wanted.subdtype is not None:
            inner = wanted.subdtype[1]
            if dims[-len(inner) :] != inner:
                raise ValueError(
                    f"Array dtype shape {inner} is incompatible with data shape {dims}"
                )
            dims = dims[: len(dims) - len(inner)]
        datatype = datatype_of(wanted)
        expected = math.prod(dims) * math.prod(wanted.shape)
        if expected != array.size:
            raise ValueError("Shape of new attribute conflicts with shape of data")
        self._write(text, array, datatype, dims, named)

    def _write(
        self,
        name: str,
        array: np.ndarray[Any, Any] | None,
        datatype: Any,
        shape: tuple[int, ...] | None,
        named: str | None,
    ) -> None:
        file = self._id.file
        fields: dict[str, Any] = {
            "path": self._id.place,
            "name": name,
            "datatype": datatype,
            "shape": None if shape is None else list(shape),
            "named_datatype": named,
        }
        payload = None
        if array is None:
            fields["data"] = None
        elif array.size:
            payload = encode(array, datatype)
        else:
            # Any one value, broadcast to no elements.
            is_text = check_string_dtype(dtype_of(datatype)) is not None
            fields["data"] = [] if array.ndim == 1 else "" if is_text else 0
        file.change("write_attribute", fields, payload)

    def modify(self, name: Name, value: Any) -> None:
        """Give an attribute another value and keep its shape and datatype; make it where it is missing."""
        try:
            known = self.get_id(name)
        except KeyError:
            self.create(name, value)
            return
        if known.shape is None:
            raise OSError("Empty attributes can't be modified")
        dtype = known.dtype
        base = dtype.subdtype[0] if dtype.subdtype is not None else dtype
        array = array_for_present(value, base)
        shape = known.shape + dtype.shape
        if array.shape != shape:
            if array.size != math.prod(shape):
                raise TypeError(f"Shape of data is incompatible: {array.shape} vs. {shape}")
            array = array.reshape(shape)
        self._write(_as_name(name), array, known.datatype, known.shape, None)

    def take_over(self, other: AttributeManager) -> None:
        """Make the attributes of an object of another server here, with their datatypes and shapes.

        Their references become null.
        """
        for name in other:
            known = other.get_id(name)
            array = None
            if known.shape is not None:
                array = without_references(other._read(name), known.datatype)
            self._write(name, array, known.datatype, known.shape, None)

    def rename(self, old: Name, new: Name) -> None:
        """Give an attribute another name."""
        fields = {"path": self._id.place, "name": _as_name(old), "to": _as_name(new)}
        self._id.file.change("rename_attribute", fields)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._infos()))

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._infos()))

    def __len__(self) -> int:
        return len(self._infos())

    def __contains__(self, name: object) -> bool:
        try:
            return _as_name(name) in self._infos()
        except NotFoundError:
            return False

    def keys(self) -> Any:
        """Return a view of the names."""
        return KeysView(self)

    def values(self) -> Any:
        """Return a view of the values."""
        return ValuesView(self)

    def items(self) -> Any:
        """Return a view of the names and values."""
        return ItemsView(self)

    def _ipython_key_completions_(self) -> list[str]:
        return sorted(self._infos())

    def __repr__(self) -> str:
        if not self._id:
            return "<Attributes of closed HDF5 object>"
        return f"<Attributes of HDF5 object at {id(self._id)}>"
