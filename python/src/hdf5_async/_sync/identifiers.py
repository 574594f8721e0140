"""What ``.id`` of an object gives: the little of h5py's low-level interface that makes sense over a wire."""

from __future__ import annotations

import contextlib
import math
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _mapping as mapping
from ..exceptions import RequestError, UnsupportedError
from .properties import (
    DatasetAccess,
    DatasetCreation,
    FileAccess,
    FileCreationList,
    GroupCreation,
)

if TYPE_CHECKING:
    import numpy as np

    from .._datatype import Datatype
    from .served import ServedFile

__all__ = [
    "AttrID",
    "DatasetID",
    "FileID",
    "GroupID",
    "ObjectID",
    "SpaceID",
    "TypeBitfieldID",
    "TypeEnumID",
    "TypeID",
    "TypeOpaqueID",
    "TypeStringID",
    "identifier_of",
    "type_id",
]


OPEN: weakref.WeakValueDictionary[int, ObjectID] = weakref.WeakValueDictionary()
"""What this process holds of all files, by ``id``: their own hash may need the server."""


class ObjectStatus(NamedTuple):
    """The part of ``H5Gget_objinfo`` that is known over a wire; ``mtime`` is 0 where the object does not keep it."""

    mtime: int
    nlink: int


class ObjectID:
    """One object of an open file; ``path`` is None for an object without a name."""

    kind = ""
    _identity: Any = None

    def __init__(self, file: ServedFile, path: str) -> None:
        self.file = file
        self.path: str | None = path
        self._closed = False
        OPEN[id(self)] = self

    @property
    def valid(self) -> bool:
        """Whether the file is open and this was not closed."""
        return self.file.is_open and not self._closed

    def __bool__(self) -> bool:
        return self.valid

    def close(self) -> None:
        """Be of no use any more."""
        self._closed = True

    _close = close

    @property
    def place(self) -> str:
        """The path, for a request."""
        if not self.valid or self.path is None:
            raise ValueError("Invalid location identifier (the object or its file is closed)")
        return self.path

    def described(self) -> dict[str, Any]:
        """Return everything that ``describe`` says of the object."""
        return self.file.describe(self.place)

    def get_objinfo(self) -> ObjectStatus:
        """Return when the object was changed and how many hard links lead to it."""
        facts = self.described()
        return ObjectStatus(mtime=facts.get("modified", 0), nlink=facts["n_links"])

    def _key(self) -> tuple[Any, ...]:
        """Return what is the same for all names of the object; it stays what it was at first."""
        if self._identity is None:
            self._identity = self.path
            with contextlib.suppress(ValueError, RequestError):
                self._identity = self.described().get("address", self.path)
        return (self.file.address.endpoint, self.file.name, self._identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectID) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


class _Link:
    def __init__(self, name: bytes) -> None:
        self.cset = 0 if name.isascii() else 1


class _Links:
    """What is known of the links of a group from their names."""

    def get_info(self, name: bytes) -> _Link:
        """Return the character set of a link's name: 0 for ASCII, 1 for UTF-8."""
        return _Link(name)


class GroupID(ObjectID):
    """A group."""

    kind = "group"
    links = _Links()

    def get_create_plist(self) -> GroupCreation:
        """Return how it was made."""
        return GroupCreation()


class FileID(GroupID):
    """A file, which is its root group."""

    @property
    def name(self) -> bytes:
        """The name that the file was opened by."""
        return self.file.filename.encode()

    def get_access_plist(self) -> FileAccess:
        """Return what the opener asked for."""
        return FileAccess(self.file.options, self.file.creation())

    def get_create_plist(self) -> FileCreationList:  # type: ignore[override]
        """Return how the file was made."""
        return FileCreationList(self.file.creation())


class SpaceID:
    """A dataspace: the shape, None for one without elements; all of it or nothing is selected."""

    def __init__(self, shape: tuple[int, ...] | None) -> None:
        self.shape = shape
        self._all = True

    def get_simple_extent_type(self) -> int:
        """Return 0 for a scalar, 1 for axes, 2 for none at all, as HDF5 numbers them."""
        if self.shape is None:
            return 2
        return 1 if self.shape else 0

    def get_simple_extent_npoints(self) -> int:
        """Return the number of elements."""
        return 0 if self.shape is None else math.prod(self.shape)

    def select_all(self) -> None:
        """Select all elements."""
        self._all = True

    def select_none(self) -> None:
        """Select no element."""
        self._all = False

    def get_select_npoints(self) -> int:
        """Return the number of selected elements."""
        return self.get_simple_extent_npoints() if self._all else 0


class DatasetID(ObjectID):
    """A dataset."""

    kind = "dataset"

    def __init__(self, file: ServedFile, path: str, asked: dict[str, Any] | None = None) -> None:
        super().__init__(file, path)
        self.asked = asked or {}
        """What the opener asked for that has no meaning for the server."""

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The dims, None for a null dataspace."""
        shape = self.described()["dataset"].get("shape")
        return None if shape is None else tuple(shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return mapping.dtype_of(self.described()["dataset"]["datatype"])

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape or ())

    def get_type(self) -> TypeID:
        """Return the datatype."""
        dataset = self.described()["dataset"]
        return type_id(dataset["datatype"], dataset.get("named_datatype"))

    def get_space(self) -> SpaceID:
        """Return the dataspace."""
        return SpaceID(self.shape)

    def get_create_plist(self) -> DatasetCreation:
        """Return how it was made."""
        return DatasetCreation(self.described()["dataset"])

    def get_access_plist(self) -> DatasetAccess:
        """Return what the opener asked for."""
        return DatasetAccess(self.asked, FileAccess(self.file.options))

    def get_storage_size(self) -> int:
        """Return the bytes that the elements take in the file."""
        self.file.forget()
        return int(self.described()["dataset"]["storage_bytes"])

    def get_offset(self) -> None:
        """Return where the elements begin in the file: None where they lie in no one place of it.

        Raises:
            UnsupportedError: where they do, which only the server knows.

        """
        contiguous = self.described()["dataset"]["layout"] == "contiguous"
        if contiguous and self.get_storage_size():
            raise UnsupportedError(
                "where elements lie in a file is known to its server alone", code="unsupported"
            )


class AttrID:
    """An attribute."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.name = info["name"].encode()
        self.datatype = info["datatype"]
        self.named = info.get("named_datatype")
        self.value = info.get("value")
        """As the protocol's JSON has it; None where it is large."""
        shape = info.get("shape")
        self.shape = None if shape is None else tuple(shape)

    def get_type(self) -> TypeID:
        """Return the datatype."""
        return type_id(self.datatype, self.named)

    def get_space(self) -> SpaceID:
        """Return the dataspace."""
        return SpaceID(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the value."""
        return mapping.dtype_of(self.datatype)


CLASSES = {
    "integer": 0,
    "float": 1,
    "time": 2,
    "string": 3,
    "bitfield": 4,
    "opaque": 5,
    "compound": 6,
    "reference": 7,
    "enum": 8,
    "vlen": 9,
    "array": 10,
}
"""HDF5's numbers of the classes of datatypes."""

_NOTATIONS = {
    "i": "integer",
    "u": "integer",
    "f": "float",
    "b": "enum",
    "c": "compound",
    "S": "string",
}


class TypeID(ObjectID):
    """A datatype; with a path where it is a named one."""

    kind = "named_datatype"

    def __init__(
        self, datatype: Datatype, file: ServedFile | None = None, path: str | None = None
    ) -> None:
        self.datatype = datatype
        self._closed = False
        self.path = path
        if file is not None:
            self.file = file
            OPEN[id(self)] = self

    @property
    def valid(self) -> bool:
        """Whether it can be used; a datatype without a name always can."""
        return not self._closed and (self.path is None or self.file.is_open)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of elements of this datatype."""
        return mapping.dtype_of(self.datatype)

    def get_class(self) -> int:
        """Return HDF5's number of its class."""
        if isinstance(self.datatype, str):
            return CLASSES[_NOTATIONS[self.datatype[1]]]
        return CLASSES[self.datatype["class"]]

    def get_size(self) -> int:
        """Return the bytes of an element."""
        if isinstance(self.datatype, dict) and "size" in self.datatype:
            return int(self.datatype["size"])
        return self.dtype.itemsize

    def committed(self) -> bool:
        """Whether it is an object of the file."""
        return self.path is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeID) and self.datatype == other.datatype

    def __hash__(self) -> int:
        return hash(str(self.datatype))


class TypeStringID(TypeID):
    """Text."""

    def is_variable_str(self) -> bool:
        """Whether elements have any length."""
        return isinstance(self.datatype, dict) and self.datatype["length"] is None

    def get_cset(self) -> int:
        """Return 0 for ASCII, 1 for UTF-8."""
        return int(isinstance(self.datatype, dict) and self.datatype["charset"] == "utf-8")


class TypeOpaqueID(TypeID):
    """Bytes that HDF5 does not look into."""


class TypeBitfieldID(TypeID):
    """Bits."""


class TypeEnumID(TypeID):
    """An enumeration."""


_TYPE_CLASSES: dict[str, type[TypeID]] = {
    "string": TypeStringID,
    "opaque": TypeOpaqueID,
    "bitfield": TypeBitfieldID,
    "enum": TypeEnumID,
}


def type_id(datatype: Datatype, path: str | None = None, file: ServedFile | None = None) -> TypeID:
    """Return the identifier of a datatype, of the class that h5py gives it."""
    kind = _NOTATIONS[datatype[1]] if isinstance(datatype, str) else datatype["class"]
    return _TYPE_CLASSES.get(kind, TypeID)(datatype, file, path)


def identifier_of(file: ServedFile, path: str, kind: str, described: Any = None) -> ObjectID:
    """Return the identifier of an object of the file."""
    if kind == "group":
        return GroupID(file, path)
    if kind == "dataset":
        return DatasetID(file, path)
    facts = described if described is not None else file.describe(path)
    return type_id(facts["datatype"], path, file)
