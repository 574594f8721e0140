"""Virtual datasets: which elements are those of which other datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._json_values import to_json
from .._mapping import datatype_of
from .dataset import Dataset
from .identifiers import DatasetID
from .selections import Selected, select

if TYPE_CHECKING:
    from .served import ServedFile

__all__ = ["VirtualLayout", "VirtualSource", "create"]


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
        if isinstance(path_or_dataset, Dataset):
            self.path = path_or_dataset._file.name
            self.name: str = path_or_dataset._path
            self.shape = path_or_dataset.shape or ()
            self.dtype: np.dtype[Any] | None = path_or_dataset.dtype
            self.maxshape = path_or_dataset.maxshape
        else:
            if name is None or shape is None:
                raise TypeError("name and shape are needed where no dataset is given")
            self.path, self.name = str(path_or_dataset), name
            self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
            self.dtype = None if dtype is None else np.dtype(dtype)
            self.maxshape = self.shape if maxshape is None else tuple(maxshape)
        self.selected: Selected = select((), self.shape)

    def __getitem__(self, index: Any) -> VirtualSource:
        part = VirtualSource(self.path, self.name, self.shape, self.dtype, self.maxshape)
        part.selected = select(index if isinstance(index, tuple) else (index,), self.shape)
        return part


class VirtualLayout:
    """The dims of a virtual dataset, and where its elements come from."""

    def __init__(self, shape: Any, dtype: Any, maxshape: Any = None) -> None:
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.dtype = np.dtype(dtype)
        self.maxshape = maxshape
        self.sources: list[tuple[Selected, VirtualSource]] = []

    def __setitem__(self, index: Any, source: VirtualSource) -> None:
        selected = select(index if isinstance(index, tuple) else (index,), self.shape)
        self.sources.append((selected, source))


def create(file: ServedFile, path: str, layout: VirtualLayout, fillvalue: Any) -> DatasetID:
    """Make the virtual dataset."""
    fields = {
        "path": path,
        "datatype": datatype_of(layout.dtype),
        "shape": list(layout.shape),
        "max_shape": None if layout.maxshape is None else list(layout.maxshape),
        "layout": "virtual",
        "fill_value": None if fillvalue is None else to_json(fillvalue),
        "virtual": [
            {
                "selection": selected.text,
                "file": "." if source.path == file.name else source.path,
                "path": source.name,
                "source_selection": source.selected.text,
                "source_shape": list(source.shape),
            }
            for selected, source in layout.sources
        ],
    }
    file.change("create_dataset", fields)
    return DatasetID(file, path)
