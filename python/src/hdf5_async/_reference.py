"""References: values that name an object of the file, or some elements of a dataset."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

__all__ = [
    "AnyReference",
    "AttributeReference",
    "Empty",
    "Reference",
    "RegionReference",
    "class_of_references",
]


class Reference:
    """Names an object by its path; false where it names none."""

    __slots__ = ("path",)

    def __init__(self, path: str | None = None) -> None:
        self.path = path

    def __bool__(self) -> bool:
        return self.path is not None

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._key() == self._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return (self.path,)

    def to_json(self) -> dict[str, Any]:
        """Return what the JSON of a message holds."""
        return {"object": self.path}

    def to_wire(self) -> bytes:
        """Return what the heap of a payload holds, nothing for a null reference."""
        return json.dumps(self.to_json()).encode() if self else b""

    @classmethod
    def from_json(cls, content: dict[str, Any] | None) -> Reference:
        """Read what the JSON of a message holds."""
        return cls() if content is None else cls(content.get("object"))

    @classmethod
    def from_wire(cls, octets: bytes) -> Reference:
        """Read what the heap of a payload holds."""
        return cls.from_json(json.loads(octets) if octets else None)

    def __repr__(self) -> str:
        return f"<HDF5 object reference{'' if self else ' (null)'}>"


class RegionReference(Reference):
    """Names elements of a dataset: its path, and the region as the protocol writes it.

    ``region`` has ``selection`` (text), ``points`` or ``blocks``; with none of them it is the whole dataset.
    """

    __slots__ = ("region",)

    def __init__(self, path: str | None = None, region: dict[str, Any] | None = None) -> None:
        super().__init__(path)
        self.region = region or {}

    def _key(self) -> tuple[Any, ...]:
        return (self.path, repr(self.region))

    def to_json(self) -> dict[str, Any]:
        """Return what the JSON of a message holds."""
        return {"region": {"path": self.path, **self.region} if self else None}

    @classmethod
    def from_json(cls, content: dict[str, Any] | None) -> RegionReference:
        """Read what the JSON of a message holds."""
        if content is None or content.get("region") is None:
            return cls()
        region = dict(content["region"])
        return cls(region.pop("path"), region)

    def __repr__(self) -> str:
        return f"<HDF5 region reference{'' if self else ' (null)'}>"


class AttributeReference(Reference):
    """Names an attribute: the path of its object, and its name."""

    __slots__ = ("name",)

    def __init__(self, path: str | None = None, name: str = "") -> None:
        super().__init__(path)
        self.name = name

    def _key(self) -> tuple[Any, ...]:
        return (self.path, self.name)

    def to_json(self) -> dict[str, Any]:
        """Return what the JSON of a message holds."""
        return {"attribute": {"path": self.path, "name": self.name}} if self else {"object": None}

    def __repr__(self) -> str:
        return f"<HDF5 attribute reference{'' if self else ' (null)'}>"


class AnyReference(Reference):
    """What elements of ``H5T_STD_REF`` are: references to objects, to regions and to attributes."""

    __slots__ = ()

    @classmethod
    def from_json(cls, content: dict[str, Any] | None) -> Reference:
        """Read what the JSON of a message holds, as a reference of its own kind."""
        attribute = (content or {}).get("attribute")
        if attribute is not None:
            return AttributeReference(attribute["path"], attribute["name"])
        return (RegionReference if "region" in (content or {}) else Reference).from_json(content)


def class_of_references(kind: str) -> type[Reference]:
    """Return the class for the kind that a datatype says."""
    return {"region": RegionReference, "any": AnyReference}.get(kind, Reference)


class Empty:
    """The value of a dataset or attribute that has a datatype and no elements."""

    shape = None
    size = None

    def __init__(self, dtype: Any) -> None:
        self._dtype = np.dtype(dtype)

    @property
    def dtype(self) -> Any:
        """The dtype that elements would have."""
        return self._dtype

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Empty) and self._dtype == other._dtype

    def __hash__(self) -> int:
        return hash(self._dtype)

    def __repr__(self) -> str:
        return f"Empty(dtype={self._dtype!r})"
