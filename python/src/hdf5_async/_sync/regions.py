"""Region references: made of an index of a dataset, and used as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._reference import RegionReference
from .._selection import index_of_text
from .selections import Selected, select

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["RegionReferences", "selected_by"]


class RegionReferences:
    """What ``dataset.regionref`` gives."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def __getitem__(self, index: Any) -> RegionReference:
        shape = self._dataset.shape
        if shape is None:
            raise TypeError("an empty dataset has no regions")
        selected = select(index if isinstance(index, tuple) else (index,), shape)
        region: dict[str, Any] = {}
        if selected.points is not None:
            region = {"points": selected.points.tolist()}
        elif selected.axes:
            region = {"selection": selected.text}
        return RegionReference(self._dataset._path, region)

    def shape(self, reference: RegionReference) -> tuple[int, ...] | None:
        """Return the shape of the dataset that a reference leads to."""
        shape: tuple[int, ...] | None = self._dataset.file[reference].shape
        return shape

    def selection(self, reference: RegionReference) -> tuple[int, ...]:
        """Return the shape of what a reference selects."""
        selected = selected_by(reference, self._dataset.file[reference])
        return () if selected is None else selected.shape


def selected_by(reference: RegionReference, dataset: Dataset) -> Selected | None:
    """Return what a reference selects of a dataset; None where that is nothing of a scalar."""
    shape = dataset.shape
    assert shape is not None
    region = reference.region
    if not shape:
        return (
            None if region.get("points") == [] or region.get("blocks") == [] else Selected([], ())
        )
    if "selection" in region:
        return select(index_of_text(region["selection"]), shape)
    if "points" in region:
        points = np.asarray(region["points"], np.int64).reshape(-1, len(shape))
        return Selected([], (len(points),), fancy=True, points=points)
    if "blocks" in region:
        return _blocks(region["blocks"], shape)
    return select((), shape)


def _blocks(blocks: Any, shape: tuple[int, ...]) -> Selected:
    """Return boxes as single points, in the order of the file."""
    mask = np.zeros(shape, bool)
    for first, last in blocks:
        mask[tuple(slice(low, high + 1) for low, high in zip(first, last))] = True
    points = np.transpose(mask.nonzero())
    return Selected([], (len(points),), fancy=True, points=points)
