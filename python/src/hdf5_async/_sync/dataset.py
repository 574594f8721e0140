"""A dataset: numpy's indexes read and write its elements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .._mapping import dtype_of, part_of
from .._reference import Empty, RegionReference
from .._special import check_string_dtype
from . import elements
from .assigning import assign
from .chunks import ChunkIterator
from .dataset_options import CreationOptions
from .dims import DimensionManager
from .identifiers import DatasetID
from .objects import HLObject
from .regions import RegionReferences, selected_by
from .selections import Selected, select, split_names
from .wrappers import AsStrView, AstypeView, FieldsView, refuse_without_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._progress import Progress

__all__ = ["Dataset"]

Index = Any


class Dataset(CreationOptions, HLObject):
    """A dataset of a served file."""

    def __init__(self, bind: DatasetID) -> None:
        if not isinstance(bind, DatasetID):
            raise ValueError(f"{bind} is not a DatasetID")
        super().__init__(bind)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The dims; None where there are no elements at all."""
        shape: tuple[int, ...] | None = self.id.shape
        return shape

    @shape.setter
    def shape(self, shape: Sequence[int]) -> None:
        self.resize(tuple(shape))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return dtype_of(self._facts["datatype"])

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape or ())

    @property
    def size(self) -> int | None:
        """The number of elements."""
        return None if self.shape is None else math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes that the elements take in memory."""
        return 0 if self.size is None else self.size * self.dtype.itemsize

    @property
    def dims(self) -> DimensionManager:
        """The labels and scales of the axes."""
        return DimensionManager(self)

    @property
    def regionref(self) -> RegionReferences:
        """Makes references to elements: ``dataset.regionref[10:20]``."""
        return RegionReferences(self)

    def __len__(self) -> int:
        return self.len()

    def len(self) -> int:
        """Return the length of the first axis."""
        if not self.shape:
            raise TypeError("Attempt to take len() of scalar dataset")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("Can't iterate over a scalar dataset")
        for position in range(self.shape[0]):
            yield self[position]

    def __getitem__(self, index: Index) -> Any:
        return self.read(index)

    def read(self, index: Index = ..., *, progress: Progress | None = None) -> Any:
        """Return elements as ``dataset[index]`` does; ``progress`` is told how many have arrived."""
        self._file.check_open()
        names, args = split_names(index)
        dtype = self.dtype
        if names and dtype.names is None:
            raise ValueError("Field names only allowed for compound types")
        for name in names:
            if name not in (dtype.names or ()):
                raise ValueError(f"Field {name} does not appear in this type.")
        if self.shape is None:
            if args in ((), (Ellipsis,)) and not names:
                return Empty(dtype)
            raise ValueError("Empty datasets cannot be sliced")
        selected = self._selected(args)
        if selected is None:
            return Empty(dtype)
        if names:
            dtype = dtype_of(part_of(self._facts["datatype"], names))
        array = elements.read(self.id, selected, dtype, progress=progress, members=names)
        is_scalar = array.ndim == 0 and (self.shape != () or args == ())
        return array[()] if is_scalar else array

    def _selected(self, args: tuple[Any, ...]) -> Selected | None:
        """Resolve an index; None for a reference that selects nothing of a scalar."""
        if len(args) == 1 and isinstance(args[0], RegionReference):
            return selected_by(args[0], self)
        shape = self.shape
        assert shape is not None
        return select(args, shape)

    def __setitem__(self, index: Index, value: Any) -> None:
        self._file.check_writable()
        names, args = split_names(index)
        if self.shape is None:
            raise TypeError("Empty datasets cannot be written")
        selected = self._selected(args)
        if selected is not None:
            assign(self, names, selected, value)

    def read_direct(
        self, dest: np.ndarray[Any, Any], source_sel: Index = None, dest_sel: Index = None
    ) -> None:
        """Read into an array without a copy on the way."""
        selected, target = self._pair(dest, source_sel, dest_sel, writing=False)
        if selected.size == 0:
            return
        if np.can_cast(self.dtype, dest.dtype, "same_kind") and target.shape == selected.shape:
            elements.read(self.id, selected, self.dtype, out=target)
            return
        target[...] = elements.read(self.id, selected, self.dtype).reshape(target.shape)

    def write_direct(
        self, source: np.ndarray[Any, Any], source_sel: Index = None, dest_sel: Index = None
    ) -> None:
        """Write an array, or a part of it, as it is."""
        selected, values = self._pair(source, dest_sel, source_sel, writing=True)
        assign(self, (), selected, values.reshape(selected.shape))

    def _pair(
        self, array: np.ndarray[Any, Any], here: Index, there: Index, *, writing: bool
    ) -> tuple[Selected, np.ndarray[Any, Any]]:
        if self.shape is None:
            raise TypeError("Empty datasets have no numpy representation")
        if not isinstance(array, np.ndarray) or not array.flags.c_contiguous:
            raise TypeError("Array must be C-contiguous")
        if not writing and not array.flags.writeable:
            raise TypeError("Array must be writable")
        selected = select(
            here if isinstance(here, tuple) else () if here is None else (here,), self.shape
        )
        view = array[...] if there is None else array[there]
        sizes = [
            tuple(length for length in shape if length != 1)
            for shape in (view.shape, selected.shape)
        ]
        if sizes[0] != sizes[1]:
            raise TypeError(f"Can't broadcast {selected.shape} -> {view.shape}")
        return selected, view

    def __array__(self, dtype: Any = None, copy: bool | None = True) -> np.ndarray[Any, Any]:
        refuse_without_copy(copy)
        if self.shape is None:
            raise TypeError("Empty datasets have no numpy representation")
        array = np.asarray(self[...])
        return array if dtype is None else array.astype(dtype, copy=False)

    def astype(self, dtype: Any) -> AstypeView:
        """Return a view that reads elements as another dtype."""
        return AstypeView(self, np.dtype(dtype))

    def asstr(self, encoding: str | None = None, errors: str = "strict") -> AsStrView:
        """Return a view that reads text as ``str``."""
        text = check_string_dtype(self.dtype)
        if text is None:
            raise TypeError(
                "dset.asstr() can only be used on datasets with an HDF5 string datatype"
            )
        return AsStrView(self, encoding or text.encoding, errors)

    def fields(self, names: Any) -> FieldsView:
        """Return a view that reads some members of compound elements."""
        return FieldsView(self, names)

    def iter_chunks(self, sel: Index = None) -> Iterator[tuple[slice, ...]]:
        """Return the indexes of the chunks, or of their parts inside a selection."""
        return ChunkIterator(self, sel)

    def resize(self, size: Any, axis: int | None = None) -> None:
        """Change the dims, or the length of one axis, within ``maxshape``."""
        self._file.check_writable()
        if self.chunks is None:
            raise TypeError("Only chunked datasets can be resized")
        shape = self.shape or ()
        if axis is not None:
            if not 0 <= axis < len(shape):
                raise ValueError(f"Invalid axis (0 to {len(shape) - 1} allowed)")
            try:
                length = int(size)
            except TypeError:
                raise TypeError("Argument must be a single int if axis is specified") from None
            size = (*shape[:axis], length, *shape[axis + 1 :])
        dims = [int(length) for length in ((size,) if isinstance(size, int) else size)]
        self._file.change("resize", {"path": self._path, "shape": dims})

    def make_scale(self, name: str | bytes = "") -> None:
        """Make the dataset a scale that others can be attached to."""
        from .scales import set_scale

        set_scale(self.id, name)

    @property
    def is_scale(self) -> bool:
        """Whether the dataset is a scale."""
        from .scales import is_scale

        return is_scale(self.id)

    def flush(self) -> None:
        """Hand what the server has in memory to the operating system."""
        self._file.call("flush")

    def refresh(self) -> None:
        """Forget what is known of the dataset; it is asked for again."""
        self._file.forget()

    def __repr__(self) -> str:
        if not self._id:
            return "<Closed HDF5 dataset>"
        name = "(anonymous)" if self.name is None else f'"{self.name.rpartition("/")[2] or "/"}"'
        if self._is_gone():
            return f"<Deleted HDF5 dataset {name}>"
        return f'<HDF5 dataset {name}: shape {self.shape}, type "{self.dtype.str}">'
