"""numpy indexes as selections: the text that the wire carries, and the boxes that big writes are cut into."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, Callable, Union

import numpy as np

from .exceptions import InvalidSelectionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "boxes",
    "index_of_text",
    "narrowed",
    "resolve",
    "resolved_text",
    "result_shape",
    "selection_text",
]

AxisRange = Union[int, range, list[int]]
"""One axis against a known length: an index that drops it, a slice as a range, or a list of indexes."""


def selection_text(index: Any) -> str:
    """Return the wire's text of a numpy index: integers, slices, ``...``, lists, one-axis masks, tuples.

    A ``str`` is taken as the text itself.
    """
    if isinstance(index, str):
        return index
    return ", ".join(_axis_text(part) for part in _parts(index))


def _parts(index: Any) -> tuple[Any, ...]:
    parts = index if isinstance(index, tuple) else (index,)
    if sum(part is Ellipsis for part in parts) > 1:
        raise _refused('"..." stands more than once in the selection')
    return tuple(_indexes(part) if _is_list(part) else part for part in parts)


def _is_list(part: Any) -> bool:
    return isinstance(part, (list, range)) or (isinstance(part, np.ndarray) and part.ndim > 0)


def _indexes(part: Any) -> list[int]:
    array = np.asarray(part)
    if array.ndim != 1:
        raise _refused(
            f"an index of rank {array.ndim} selects single points; give one list per axis"
        )
    if array.dtype == bool:
        array = np.flatnonzero(array)
    elif array.size == 0:
        return []
    elif array.dtype.kind not in "iu":
        raise _refused(f"indexes are integers, not {array.dtype}")
    return [int(position) for position in array]


def _axis_text(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if isinstance(part, list):
        return "[" + ", ".join(map(str, part)) + "]"
    if isinstance(part, slice):
        start, stop, step = (_integer(bound, optional=True) for bound in _bounds(part))
        if step is not None and step <= 0:
            raise _refused(
                f"the step {step} is not positive; only steps of 1 and more are possible"
            )
        text = f"{'' if start is None else start}:{'' if stop is None else stop}"
        return text if step is None else f"{text}:{step}"
    return str(_integer(part))


def _bounds(part: slice) -> tuple[Any, Any, Any]:
    return part.start, part.stop, part.step


def _integer(value: Any, *, optional: bool = False) -> int | None:
    if value is None and optional:
        return None
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise _refused(
            f"{value!r} is not an index, a slice, a list, a mask of one axis, or ..."
        ) from None


def _refused(message: str) -> InvalidSelectionError:
    return InvalidSelectionError(message, code="invalid_selection")


def resolve(index: Any, shape: Sequence[int]) -> list[AxisRange]:
    """Fix a selection against a shape: one range for each axis of the dataset, nothing negative."""
    parts = list(_parts(index_of_text(index) if isinstance(index, str) else index))
    named = sum(part is not Ellipsis for part in parts)
    if named > len(shape):
        raise _refused(f"the selection names {named} axes, but the dataset has {len(shape)}")
    full = [slice(None)] * (len(shape) - named)
    if not any(part is Ellipsis for part in parts):
        parts.append(Ellipsis)
    at = next(position for position, part in enumerate(parts) if part is Ellipsis)
    parts[at : at + 1] = full
    return [
        _resolve_axis(part, axis, length) for axis, (part, length) in enumerate(zip(parts, shape))
    ]


def _resolve_axis(part: Any, axis: int, length: int) -> AxisRange:
    if isinstance(part, slice):
        _axis_text(part)
        return range(length)[part]
    if isinstance(part, list):
        return [_inside(position, axis, length) for position in part]
    return _inside(operator.index(part), axis, length)


def _inside(position: int, axis: int, length: int) -> int:
    if not -length <= position < length:
        raise _refused(f"index {position} is outside axis {axis}, which has {length} elements")
    return position % length


def index_of_text(text: str) -> tuple[Any, ...]:
    """Return the numpy index of the wire's text.

    Raises:
        InvalidSelectionError: where the text is no selection.

    """
    try:
        return tuple(_index_of_part(part) for part in _split(text))
    except (ValueError, TypeError):
        raise _refused(f"{text!r} is not a selection such as '10:20, ::2, 5, ...'") from None


def _index_of_part(part: str) -> Any:
    if part == "...":
        return Ellipsis
    if part.startswith("["):
        return [int(number) for number in part[1:-1].split(",") if number.strip()]
    if ":" in part:
        return slice(*(int(bound) if bound.strip() else None for bound in part.split(":")))
    return int(part)


def _split(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for position, character in enumerate(text + ","):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            if part := text[start:position].strip():
                yield part
            start = position + 1


def result_shape(axes: Sequence[AxisRange]) -> tuple[int, ...]:
    """Return the shape of the values that a resolved selection gives."""
    return tuple(len(axis) for axis in axes if not isinstance(axis, int))


def resolved_text(axes: Sequence[AxisRange]) -> str:
    """Return the wire's text of a resolved selection."""
    return ", ".join(_resolved_axis_text(axis) for axis in axes)


def _resolved_axis_text(axis: AxisRange) -> str:
    if isinstance(axis, range):
        last = f"{axis.start}:{axis[-1] + 1 if axis else axis.start}"
        return last if axis.step == 1 else f"{last}:{axis.step}"
    return _axis_text(axis)


def narrowed(axes: Sequence[AxisRange], box: tuple[slice, ...]) -> list[AxisRange]:
    """Return the part of a resolved selection whose values lie in ``box`` of its result."""
    parts = iter(box)
    return [axis if isinstance(axis, int) else axis[next(parts)] for axis in axes]


Fits = Callable[[int, int], bool]
"""Whether the elements ``first`` to ``end`` in C order go into one message."""


def boxes(shape: Sequence[int], fits: Fits) -> Iterator[tuple[slice, ...]]:
    """Cut an array into boxes along its leading axes, in C order, each of which fits.

    Every box is a run of elements in C order. A single element that does not fit is a box of its own.
    """
    yield from _boxes_below((), 0, shape, fits)


def _boxes_below(
    outer: tuple[slice, ...], first: int, shape: Sequence[int], fits: Fits
) -> Iterator[tuple[slice, ...]]:
    if not shape:
        yield outer
        return
    row = math.prod(shape[1:])
    inner = tuple(slice(0, length) for length in shape[1:])
    position = 0
    while position < shape[0]:
        start = first + position * row
        if not fits(start, start + row):
            at = slice(position, position + 1)
            yield from _boxes_below((*outer, at), start, shape[1:], fits)
            position += 1
            continue
        end = position + _rows_that_fit(start, row, shape[0] - position, fits)
        yield (*outer, slice(position, end), *inner)
        position = end


def _rows_that_fit(start: int, row: int, rows: int, fits: Fits) -> int:
    """Return the largest number of rows that fits together, by halving; one is known to fit."""
    low, high = 1, rows
    while low < high:
        middle = (low + high + 1) // 2
        if fits(start, start + middle * row):
            low = middle
        else:
            high = middle - 1
    return low
