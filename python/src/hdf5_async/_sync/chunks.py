"""The chunks of a dataset as indexes, to work on a dataset piece by piece."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["ChunkIterator"]


class ChunkIterator(Iterator[tuple[slice, ...]]):
    """Yields an index for each chunk, cut to the selection where there is one."""

    def __init__(self, dataset: Dataset, selection: Any = None) -> None:
        chunks = dataset.chunks
        if chunks is None or dataset.shape is None:
            raise TypeError("Chunked dataset required")
        shape = dataset.shape
        if selection is None:
            parts: tuple[Any, ...] = tuple(slice(0, length) for length in shape)
        else:
            parts = selection if isinstance(selection, tuple) else (selection,)
        if len(parts) != len(chunks):
            raise ValueError("Rank of selection is not equal to rank of dataset")
        axes = [
            list(_pieces(part, length, chunk)) for part, length, chunk in zip(parts, shape, chunks)
        ]
        self._boxes = itertools.product(*axes)

    def __iter__(self) -> ChunkIterator:
        return self

    def __next__(self) -> tuple[slice, ...]:
        return next(self._boxes)


def _pieces(part: Any, length: int, chunk: int) -> Iterator[slice]:
    """Cut one axis at the edges of its chunks."""
    if isinstance(part, slice):
        start, stop, step = part.indices(length)
        if step != 1:
            raise ValueError("Selections of chunks have no steps")
    else:
        start, stop = int(part), int(part) + 1
    while start < stop:
        end = min(stop, (start // chunk + 1) * chunk)
        yield slice(start, end, 1)
        start = end
