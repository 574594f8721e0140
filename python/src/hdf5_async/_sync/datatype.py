"""A named datatype: an object of the file that says what elements are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .identifiers import TypeID
from .objects import HLObject

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Datatype"]


class Datatype(HLObject):
    """A datatype that has a name in the file and may have attributes."""

    def __init__(self, bind: TypeID) -> None:
        if not isinstance(bind, TypeID):
            raise ValueError(f"{bind} is not a TypeID")
        super().__init__(bind)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of arrays of such elements."""
        dtype: np.dtype[Any] = self.id.dtype
        return dtype

    def __repr__(self) -> str:
        if not self.id:
            return "<Closed HDF5 named type>"
        name = "(anonymous)" if self.name is None else f'"{self.name.rpartition("/")[2]}"'
        return f"<HDF5 named type {name} (dtype {self.dtype.str!r})>".replace("'", "")
