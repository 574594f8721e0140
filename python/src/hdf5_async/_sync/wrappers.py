"""Views of a dataset that read its elements as something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._special import check_string_dtype

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["AsStrView", "AstypeView", "FieldsView", "refuse_without_copy"]


def refuse_without_copy(copy: bool | None) -> None:
    """Refuse ``numpy.array(..., copy=False)``: the elements are elsewhere."""
    if copy is False:
        raise ValueError(
            "the elements are in a file: a memory allocation cannot be avoided by copy=False"
        )


class _View:
    """A dataset seen in another way."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The dims of the dataset."""
        return self._dataset.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._dataset.ndim

    @property
    def size(self) -> int | None:
        """The number of elements."""
        return self._dataset.size

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError

    def __array__(self, dtype: Any = None, copy: bool | None = True) -> np.ndarray[Any, Any]:
        refuse_without_copy(copy)
        array = np.asarray(self[...])
        return array if dtype is None else array.astype(dtype, copy=False)


class AstypeView(_View):
    """Reads elements as another dtype."""

    def __init__(self, dataset: Dataset, dtype: np.dtype[Any]) -> None:
        super().__init__(dataset)
        if dtype.kind == "T" and check_string_dtype(dataset.dtype) is None:
            raise TypeError("astype('T') reads datasets with an HDF5 string datatype only")
        self._dtype = dtype

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype that is read."""
        return self._dtype

    def __getitem__(self, index: Any) -> Any:
        if self._dtype.kind == "T":
            text = AsStrView(self._dataset, "utf-8", "surrogateescape")[index]
            return text.astype(self._dtype) if isinstance(text, np.ndarray) else text
        read = self._dataset[index]
        if isinstance(read, np.ndarray):
            return read.astype(self._dtype, copy=False)
        if self._dtype.kind == "O":
            return read
        return np.asarray(read).astype(self._dtype)[()]


class AsStrView(_View):
    """Reads text as ``str``."""

    def __init__(self, dataset: Dataset, encoding: str, errors: str) -> None:
        super().__init__(dataset)
        self._encoding, self._errors = encoding, errors

    @property
    def dtype(self) -> np.dtype[Any]:
        """Objects, each a ``str``."""
        return np.dtype(object)

    def __getitem__(self, index: Any) -> Any:
        read = self._dataset[index]
        if isinstance(read, bytes):
            return read.decode(self._encoding, self._errors)
        decoded = np.empty(read.shape, object)
        flat = decoded.reshape(-1)
        flat[:] = [bytes(element).decode(self._encoding, self._errors) for element in read.flat]
        return decoded


class FieldsView(_View):
    """Reads one or some members of compound elements."""

    def __init__(self, dataset: Dataset, names: Any) -> None:
        super().__init__(dataset)
        self._single = isinstance(names, str)
        self._names = (names,) if self._single else tuple(names)
        for name in self._names:
            if name not in (dataset.dtype.names or ()):
                raise ValueError(f"Field {name!r} does not appear in this type.")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of what is read."""
        present = self._dataset.dtype
        if self._single:
            return present[self._names[0]]
        return np.dtype([(name, present[name]) for name in self._names])

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        read = self._dataset[(*self._names, *parts)]
        if not self._single and len(self._names) == 1:
            kept = np.empty(np.shape(read), self.dtype)
            kept[self._names[0]] = read
            return kept if kept.ndim else kept[()]
        return read
