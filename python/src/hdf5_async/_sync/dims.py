"""The axes of a dataset: their labels, and the datasets that are their scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import scales
from .paths import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .dataset import Dataset

__all__ = ["DimensionManager", "DimensionProxy"]


class DimensionProxy:
    """One axis."""

    def __init__(self, dataset: Dataset, axis: int) -> None:
        self._dataset = dataset
        self._axis = axis

    @property
    def label(self) -> str:
        """The label of the axis, empty where it has none."""
        return scales.get_label(self._dataset.id, self._axis).decode()

    @label.setter
    def label(self, value: str | bytes) -> None:
        scales.set_label(self._dataset.id, self._axis, value)

    def _scales(self) -> list[Any]:
        found = scales.scales_of(self._dataset.id, self._axis)
        file = self._dataset.file
        return [file[reference] for reference in found]

    def __len__(self) -> int:
        return scales.get_num_scales(self._dataset.id, self._axis)

    def __iter__(self) -> Iterator[str]:
        yield from self.keys()

    def __getitem__(self, item: Any) -> Any:
        found = self._scales()
        if isinstance(item, int):
            if item >= len(found):
                raise RuntimeError(f"axis {self._axis} has {len(found)} scales")
            return found[item]
        wanted = as_text(item).encode()
        for scale in found:
            if scales.get_scale_name(scale.id) == wanted:
                return scale
        raise KeyError(item)

    def attach_scale(self, scale: Dataset) -> None:
        """Give the axis a scale."""
        scales.attach_scale(self._dataset.id, scale.id, self._axis)

    def detach_scale(self, scale: Dataset) -> None:
        """Take a scale away."""
        scales.detach_scale(self._dataset.id, scale.id, self._axis)

    def keys(self) -> list[str]:
        """Return the names of the scales."""
        return [name for name, _ in self.items()]

    def values(self) -> list[Any]:
        """Return the scales."""
        return self._scales()

    def items(self) -> list[tuple[str, Any]]:
        """Return the scales with their names."""
        return [(scales.get_scale_name(scale.id).decode(), scale) for scale in self._scales()]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DimensionProxy)
            and self._dataset == other._dataset
            and self._axis == other._axis
        )

    def __hash__(self) -> int:
        return hash((self._dataset, self._axis))

    def __repr__(self) -> str:
        if not self._dataset:
            return "<Dimension of closed HDF5 dataset>"
        return f'<"{self.label}" dimension {self._axis} of HDF5 dataset at {id(self._dataset.id)}>'


class DimensionManager:
    """All axes of a dataset."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def __getitem__(self, index: int) -> DimensionProxy:
        if index > len(self) - 1:
            raise IndexError("Index out of range")
        return DimensionProxy(self._dataset, index)

    def __len__(self) -> int:
        return self._dataset.ndim

    def __iter__(self) -> Iterator[DimensionProxy]:
        for axis in range(len(self)):
            yield self[axis]

    def __repr__(self) -> str:
        if not self._dataset:
            return "<Dimensions of closed HDF5 dataset>"
        return f"<Dimensions of HDF5 object at {id(self._dataset.id)}>"
