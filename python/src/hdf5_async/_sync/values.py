"""Values as h5py has them: text of any length as bytes, and never a scalar in place of an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._sink import ArraySink

if TYPE_CHECKING:
    import numpy as np

    from .._datatype import Datatype
    from .._progress import Progress

__all__ = ["ValuesSink"]


class ValuesSink(ArraySink):
    """Takes the frames of a binary answer into one array, or into the caller's of as many elements."""

    def __init__(
        self, out: np.ndarray[Any, Any] | None = None, progress: Progress | None = None
    ) -> None:
        super().__init__(out, progress, bytes)

    def _scalar(self, array: np.ndarray[Any, Any], datatype: Datatype) -> np.ndarray[Any, Any]:  # noqa: ARG002
        return array
