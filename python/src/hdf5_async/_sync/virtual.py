"""Virtual datasets: which elements are those of which other datasets."""

from __future__ import annotations

import copy
import math
import os
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._address import Address
from .._mapping import datatype_of
from .creation import fill_value
from .dataset import Dataset
from .datatype import Datatype
from .identifiers import DatasetID
from .paths import as_text
from .selections import Selected, select

if TYPE_CHECKING:
    from .served import ServedFile

__all__ = ["UNLIMITED", "VDSmap", "VirtualLayout", "VirtualSource", "create", "sources_of"]

UNLIMITED = 2**64 - 1
"""As the end of a slice: the axis is selected as far as it will grow. It is h5py's number, too."""


class Mapped:
    """A part of a dataset, whose axes may go on without an end."""

    def __init__(self, index: Any, shape: tuple[int, ...]) -> None:
        args = index if isinstance(index, tuple) else (index,)
        self.selected: Selected = select(args, shape)
        self._is_whole = not shape or all(part is Ellipsis for part in args)
        if self.selected.points is not None:
            raise ValueError("single points cannot be mapped to a virtual dataset, only blocks")
        at = next((place for place, part in enumerate(args) if part is Ellipsis), len(args))
        behind = len(shape) - len(args)
        self.growing = [
            place if place < at else place + behind
            for place, part in enumerate(args)
            if isinstance(part, slice) and part.stop == UNLIMITED
        ]
        if self.growing and self.selected.fancy:
            raise ValueError("an axis without an end cannot be selected together with a list")

    def to_wire(self) -> Any:
        """Return the selection as the protocol has it, blocks as h5py makes them."""
        if self._is_whole:
            return "..."
        if self.selected.fancy:
            return self.selected.text
        axes = [
            range(axis, axis + 1) if isinstance(axis, int) else axis for axis in self.selected.axes
        ]
        ranges = [axis for axis in axes if isinstance(axis, range)]
        counts: list[int | None] = [len(axis) for axis in ranges]
        for place in self.growing:
            counts[place] = None
        return {
            "start": [axis.start for axis in ranges],
            "stride": [axis.step for axis in ranges],
            "count": counts,
            "block": [1] * len(ranges),
        }


class VirtualSource:
    """A dataset, of this or another file, whose elements appear in a virtual one."""

    def __init__(
        self,
        path_or_dataset: Any,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        maxshape: Any = None,
    ) -> None:
        self._file: ServedFile | None = None
        if isinstance(path_or_dataset, Dataset):
            if any(given is not None for given in (name, shape, dtype, maxshape)):
                raise TypeError("a source that is a dataset takes no other arguments")
            self._file = path_or_dataset._file
            self.path = self._file.name
            self.name: str = path_or_dataset._path
            self._whole = path_or_dataset.shape or ()
            self.dtype: Any = path_or_dataset.dtype
            self.maxshape = path_or_dataset.maxshape
        else:
            if name is None or shape is None:
                raise TypeError("name and shape are needed where no dataset is given")
            self.path, self.name = os.fsdecode(path_or_dataset), as_text(name)
            self._whole = _dims(shape)
            self.dtype = dtype
            self.maxshape = self._whole if maxshape is None else _dims(maxshape)
        self.mapped = Mapped((), self._whole)
        self._is_sliced = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what is selected."""
        return self.mapped.selected.shape

    def __getitem__(self, index: Any) -> VirtualSource:
        if self._is_sliced:
            raise RuntimeError("VirtualSource objects can only be sliced once.")
        part = copy.copy(self)
        part.mapped = Mapped(index, self._whole)
        part._is_sliced = True
        return part

    def path_from(self, file: ServedFile) -> str:
        """Return how a file with a virtual dataset names the source's: ``"."`` where it is the same.

        Raises:
            ValueError: where the source is on another server.

        """
        server, name = file.address.endpoint, self.path
        if "://" in self.path:
            address = Address.parse(self.path)
            server, name = address.endpoint, address.file or ""
        elif self._file is not None:
            server = self._file.address.endpoint
        elif self.path in (file.name, file.filename):
            return "."
        else:
            return self.path
        if server != file.address.endpoint:
            raise ValueError(f"{self.path} is on another server than {file.name}")
        if name == file.name:
            return "."
        return posixpath.relpath(name, posixpath.dirname(file.name) or ".")

    def to_wire(self, file: ServedFile) -> dict[str, Any]:
        """Return the half of a mapping that is about the source."""
        shape = list(self._whole)
        largest = None if self.maxshape is None else list(self.maxshape)
        return {
            "file": self.path_from(file),
            "path": self.name,
            "source_selection": self.mapped.to_wire(),
            "source_shape": shape,
            **({} if largest in (None, shape) else {"source_max_shape": largest}),
        }


def _dims(shape: Any) -> tuple[Any, ...]:
    return (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)


class VirtualLayout:
    """The dims of a virtual dataset, and where its elements come from.

    ``filename`` is h5py's; which sources are in the same file is found out when the dataset is made.
    """

    def __init__(self, shape: Any, dtype: Any, maxshape: Any = None, filename: Any = None) -> None:  # noqa: ARG002
        self.shape = _dims(shape)
        self.dtype = dtype if isinstance(dtype, Datatype) else np.dtype(dtype)
        self.maxshape = None if maxshape is None else _dims(maxshape)
        self.sources: list[tuple[Mapped, VirtualSource]] = []

    def __setitem__(self, index: Any, source: VirtualSource) -> None:
        mapped = Mapped(index, self.shape)
        if not mapped.growing and not source.mapped.growing:
            here, there = mapped.selected.size, math.prod(source.shape)
            if here != there:
                raise ValueError(
                    f"a selection of {here} elements cannot be {there} of the source: a different number"
                )
        self.sources.append((mapped, source))


def create(file: ServedFile, path: str, layout: VirtualLayout, fillvalue: Any) -> DatasetID:
    """Make the virtual dataset."""
    named = layout.dtype if isinstance(layout.dtype, Datatype) else None
    dtype: np.dtype[Any] = np.dtype(layout.dtype if named is None else named.dtype)
    fields = {
        "path": path,
        "datatype": datatype_of(dtype) if named is None else named.id.datatype,
        "named_datatype": None if named is None else named.id.path,
        "shape": list(layout.shape),
        "max_shape": None if layout.maxshape is None else list(layout.maxshape),
        "layout": "virtual",
        "fill_value": fill_value(fillvalue, dtype),
        "virtual": [
            {"selection": mapped.to_wire(), **source.to_wire(file)}
            for mapped, source in layout.sources
        ],
    }
    file.change("create_dataset", fields)
    return DatasetID(file, path)


class VDSmap(NamedTuple):
    """A part of a virtual dataset, and the part of another dataset that it is; both as the protocol writes them."""

    vspace: Any
    file_name: str
    dset_name: str
    src_space: Any


def sources_of(described: list[dict[str, Any]]) -> list[VDSmap]:
    """Return the mappings of a dataset that is described."""
    return [
        VDSmap(mapping["selection"], mapping["file"], mapping["path"], mapping["source_selection"])
        for mapping in described
    ]
