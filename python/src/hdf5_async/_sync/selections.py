"""h5py's indexes against a dataset's shape: what they select, and the errors they raise."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._selection import resolved_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._selection import AxisRange

__all__ = ["MultiBlockSlice", "Selected", "expanded_shape", "select", "split_names"]


class MultiBlockSlice:
    """Blocks of elements along one axis: ``count`` of ``block`` elements, each ``stride`` after the other."""

    def __init__(
        self, start: int = 0, stride: int = 1, count: int | None = None, block: int = 1
    ) -> None:
        if block > stride:
            raise ValueError("Blocks will overlap if block > stride")
        self.start, self.stride, self.count, self.block = start, stride, count, block

    def indices(self, length: int) -> tuple[int, int, int, int]:
        """Return start, stride, count and block for an axis of a length.

        Raises:
            ValueError: where the blocks do not fit.

        """
        if self.start < 0 or self.stride < 1 or self.block < 1:
            raise ValueError("Start can't be negative and stride and block must be positive")
        room = (length - self.start - self.block) // self.stride + 1
        count = room if self.count is None else self.count
        if count < 1:
            raise ValueError("No full blocks can be selected")
        end = self.start + (count - 1) * self.stride + self.block
        if end > length:
            raise ValueError(
                f"{self!r} range (end: {end}) is too large for axis with length {length}"
            )
        return self.start, self.stride, count, self.block

    def positions(self, length: int) -> list[int]:
        """Return the indexes that are selected."""
        start, stride, count, block = self.indices(length)
        return [start + at * stride + inner for at in range(count) for inner in range(block)]

    def __repr__(self) -> str:
        return (
            f"MultiBlockSlice(start={self.start}, stride={self.stride}, "
            f"count={self.count}, block={self.block})"
        )


@dataclass(frozen=True)
class Selected:
    """What an index selects: one range for each axis, or single points.

    ``shape`` is that of the values, ``fancy`` whether lists are among the ranges, which allows no broadcasting.
    """

    axes: list[AxisRange]
    shape: tuple[int, ...]
    fancy: bool = False
    points: np.ndarray[Any, Any] | None = None

    @property
    def text(self) -> str:
        """The selection as the protocol writes it."""
        return resolved_text(self.axes)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


def split_names(index: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Separate the names of members from the rest of an index."""
    parts = index if isinstance(index, tuple) else (index,)
    names = tuple(part for part in parts if isinstance(part, str))
    return names, tuple(part for part in parts if not isinstance(part, str))


def select(args: tuple[Any, ...], shape: tuple[int, ...]) -> Selected:
    """Resolve an index without names against a shape."""
    if not shape:
        return _select_scalar(args)
    if len(args) == 1 and isinstance(args[0], (np.ndarray, list)):
        mask = np.asarray(args[0]) if isinstance(args[0], np.ndarray) else None
        if mask is not None and mask.dtype == bool and mask.ndim:
            if mask.shape == shape and mask.ndim > 1:
                points = np.transpose(mask.nonzero())
                return Selected([], (len(points),), fancy=True, points=points)
            if mask.shape != shape[:1]:
                raise TypeError("Boolean indexing array has incompatible shape")
    axes = [_axis(part, length, axis) for axis, (part, length) in enumerate(_aligned(args, shape))]
    if (
        sum(
            isinstance(axis, list) and not isinstance(part, MultiBlockSlice)
            for axis, part in zip(axes, args)
        )
        > 1
    ):
        raise TypeError("Only one indexing vector or array is currently allowed for fancy indexing")
    counts = tuple(len(axis) for axis in axes if not isinstance(axis, int))
    return Selected(axes, counts, fancy=any(isinstance(axis, list) for axis in axes))


def _select_scalar(args: tuple[Any, ...]) -> Selected:
    if args not in ((), (Ellipsis,)):
        raise ValueError("Illegal slicing argument for scalar dataspace")
    return Selected([], ())


def _aligned(args: tuple[Any, ...], shape: Sequence[int]) -> list[tuple[Any, int]]:
    """Put the parts of an index beside the axes they select from."""
    at = next((place for place, part in enumerate(args) if part is Ellipsis), None)
    if sum(part is Ellipsis for part in args) > 1:
        raise ValueError("Only one ellipsis may be used.")
    named = len(args) - (at is not None)
    if any(part is None for part in args):
        raise TypeError("Simple selections have no newaxis (None)")
    if named > len(shape):
        raise ValueError(f"{named} indexing arguments for {len(shape)} dimensions")
    whole = [slice(None)] * (len(shape) - named)
    parts = [*args, *whole] if at is None else [*args[:at], *whole, *args[at + 1 :]]
    return list(zip(parts, shape))


def _axis(part: Any, length: int, axis: int) -> AxisRange:
    if isinstance(part, slice):
        return _slice(part, length)
    if isinstance(part, MultiBlockSlice):
        positions = part.positions(length)
        steps = {after - before for before, after in zip(positions, positions[1:])}
        if len(steps) <= 1:
            return range(positions[0], positions[-1] + 1, steps.pop() if steps else 1)
        return positions
    if isinstance(part, (list, tuple, range)) or (isinstance(part, np.ndarray) and part.ndim):
        return _positions(np.asarray(part), length, axis)
    try:
        position = operator.index(part)
    except TypeError:
        raise TypeError(
            f"Simple selections can only process ints, slices and lists, not {part!r}"
        ) from None
    return _inside(position, length, axis)


def _slice(part: slice, length: int) -> range:
    if part.step is not None and operator.index(part.step) < 1:
        raise ValueError(f"Step must be >= 1 (got {part.step})")
    return range(length)[part]


def _inside(position: int, length: int, axis: int) -> int:
    if not -length <= position < length:
        # numpy's class and words.
        raise IndexError(f"Index ({position}) out of range for axis {axis} with {length} elements")
    return position % length


def _positions(array: np.ndarray[Any, Any], length: int, axis: int) -> list[int]:
    if array.ndim != 1:
        raise TypeError("Only 1D arrays allowed for fancy indexing")
    if array.dtype == bool:
        if len(array) != length:
            raise TypeError("boolean index did not match indexed array")
        return [int(position) for position in np.flatnonzero(array)]
    if array.size == 0:
        return []
    if array.dtype.kind not in "iu":
        raise TypeError(f"Indexing arrays must have integer dtypes, not {array.dtype}")
    positions = [_inside(int(position), length, axis) for position in array]
    if any(after <= before for before, after in zip(positions, positions[1:])):
        raise TypeError("Indexing elements must be in increasing order")
    return positions


def expanded_shape(source: tuple[int, ...], selected: Selected) -> tuple[int, ...]:
    """Return the shape that values take to be broadcast to a selection, by h5py's rule.

    Axes are matched from the last on, axes of one index are passed over, and a value's axis is that of the selection
    or 1.

    Raises:
        TypeError: where the values do not fit.

    """
    refusal = TypeError(f"Can't broadcast {source} -> {selected.shape}")
    if selected.points is not None or selected.fancy:
        if math.prod(source) == 1 and source == ():
            return source
        if source != selected.shape:
            raise refusal
        return source
    remaining, matched = list(source), []
    for count in reversed(selected.shape):
        length = remaining.pop() if remaining else 1
        if length not in (1, count):
            raise refusal
        matched.append(length)
    if any(length != 1 for length in remaining):
        raise refusal
    return tuple(reversed(matched))
