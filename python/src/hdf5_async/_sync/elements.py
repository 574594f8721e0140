"""Reading and writing the elements of a dataset that an index selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._selection import boxes, narrowed, resolved_text
from .._transfer import LARGEST_PART_BYTES, part_bytes
from .mapping import datatype_of, dtype_of, has_heap
from .selections import Selected
from .values import ValuesSink, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._datatype import Datatype
    from .._elements import Progress
    from .identifiers import DatasetID

__all__ = ["read", "write"]

AnyArray = np.ndarray[Any, Any]


def read(
    dataset: DatasetID,
    selected: Selected,
    dtype: np.dtype[Any],
    out: AnyArray | None = None,
    progress: Progress | None = None,
) -> AnyArray:
    """Return the selected elements, in ``out`` where it is given."""
    if selected.size == 0:
        return np.empty(selected.shape, dtype) if out is None else out
    if selected.points is not None:
        return _read_points(dataset, selected, dtype)
    fields = {"path": dataset.place, "encoding": "binary", "selection": selected.text or None}
    array = dataset.file.call("read", fields, sink=ValuesSink(out, progress)).result
    assert array is not None, "a dataset with elements has values"
    return np.asarray(array) if out is None else out


def _read_points(dataset: DatasetID, selected: Selected, dtype: np.dtype[Any]) -> AnyArray:
    """Read the smallest box around the points, and take them out of it."""
    points = selected.points
    assert points is not None
    first, last = points.min(axis=0), points.max(axis=0)
    axes = [range(int(low), int(high) + 1) for low, high in zip(first, last)]
    box = read(dataset, Selected(list(axes), tuple(map(len, axes))), dtype)
    taken: AnyArray = box[tuple((points - first).T)]
    return taken


def write(dataset: DatasetID, selected: Selected, array: AnyArray, datatype: Datatype) -> None:
    """Put an array, whose shape can be broadcast to the selection's, into the selected elements."""
    if selected.size == 0:
        return
    if selected.points is not None:
        _write_points(dataset, selected, array, datatype)
        return
    room = part_bytes(
        dataset.file.client.server.limits.max_message_bytes, dataset.place, selected.text
    )
    for text, part in _parts(selected, array, datatype, min(room, LARGEST_PART_BYTES)):
        shape = part.shape[: part.ndim - _inner_rank(datatype)]
        fields = {
            "path": dataset.place,
            "selection": text or "...",
            "datatype": datatype,
            "shape": list(shape),
        }
        dataset.file.change("update", fields, encode(part, datatype), forget=False)


def _inner_rank(datatype: Datatype) -> int:
    """Return how many axes of an array belong to each element."""
    if isinstance(datatype, dict) and datatype.get("class") == "array":
        return len(datatype["dims"])
    return 0


def _parts(
    selected: Selected, array: AnyArray, datatype: Datatype, room: int
) -> Iterator[tuple[str, AnyArray]]:
    """Cut a write into messages; a value that is broadcast goes as it is."""
    payload_bytes = len(encode(array, datatype)) if has_heap(datatype) else array.nbytes
    if payload_bytes <= room:
        yield selected.text, array
        return
    inner = array.shape[array.ndim - _inner_rank(datatype) :]
    whole = np.broadcast_to(array, selected.shape + inner)
    element_bytes = max(1, -(-payload_bytes // max(1, array.size)))
    per_element = element_bytes * max(1, int(np.prod(inner)))
    for box in boxes(selected.shape, lambda first, end: (end - first) * per_element <= room):
        yield resolved_text(narrowed(selected.axes, box)), whole[box]


def _write_points(
    dataset: DatasetID, selected: Selected, array: AnyArray, datatype: Datatype
) -> None:
    """Write the points row by row: those that share all but the last index go together."""
    points = selected.points
    assert points is not None
    values = np.broadcast_to(array, selected.shape + array.shape[1:])
    changes = np.flatnonzero((points[1:, :-1] != points[:-1, :-1]).any(axis=1)) + 1
    for first, end in zip([0, *changes.tolist()], [*changes.tolist(), len(points)]):
        row = [int(index) for index in points[first, :-1]]
        last = [int(index) for index in points[first:end, -1]]
        part = Selected([*row, last], (end - first,), fancy=True)
        write(dataset, part, values[first:end], datatype)


def datatype_to_send(array: AnyArray, present: Datatype) -> Datatype:
    """Return the datatype under which an array is sent to a dataset of a present one.

    Plain numbers go as they are and are converted where the file is; everything else goes as the file has it.
    """
    if isinstance(present, str) and present[1] in "iufb" and array.dtype.kind in "iufb":
        return datatype_of(np.dtype(array.dtype.str))
    return present


def converted(array: AnyArray, present: Datatype) -> AnyArray:
    """Return an array in the dtype under which it is sent."""
    dtype = dtype_of(datatype_to_send(array, present))
    return array if array.dtype == dtype else array.astype(dtype.base)
