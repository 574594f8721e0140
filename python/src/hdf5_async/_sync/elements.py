"""Reading and writing the elements of a dataset that an index selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._mapping import datatype_of, dtype_of
from .._payload import encode
from .._transfer import Elements, part_bytes
from .selections import Selected
from .values import ValuesSink

if TYPE_CHECKING:
    from .._datatype import Datatype
    from .._progress import Progress
    from .identifiers import DatasetID

__all__ = ["read", "write"]

AnyArray = np.ndarray[Any, Any]


def read(
    dataset: DatasetID,
    selected: Selected,
    dtype: np.dtype[Any],
    out: AnyArray | None = None,
    progress: Progress | None = None,
    members: tuple[str, ...] = (),
) -> AnyArray:
    """Return the selected elements, or those members of them, in ``out`` where it is given.

    ``dtype`` is that of what is read.
    """
    if selected.size == 0:
        return np.empty(selected.shape, dtype) if out is None else out
    if selected.points is not None:
        return _read_points(dataset, selected, dtype, members)
    fields = {
        "path": dataset.place,
        "encoding": "binary",
        "selection": selected.text or None,
        "fields": _sent_members(members),
    }
    array = dataset.file.call("read", fields, sink=ValuesSink(out, progress)).result
    assert array is not None, "a dataset with elements has values"
    return np.asarray(array) if out is None else out


def _sent_members(members: tuple[str, ...]) -> str | list[str] | None:
    """Return members as a request has them: a name is for its values, a list for compounds."""
    return members[0] if len(members) == 1 else list(members) or None


def _read_points(
    dataset: DatasetID, selected: Selected, dtype: np.dtype[Any], members: tuple[str, ...]
) -> AnyArray:
    """Read the smallest box around the points, and take them out of it."""
    points = selected.points
    assert points is not None
    first, last = points.min(axis=0), points.max(axis=0)
    axes = [range(int(low), int(high) + 1) for low, high in zip(first, last)]
    box = read(dataset, Selected(list(axes), tuple(map(len, axes))), dtype, members=members)
    taken: AnyArray = box[tuple((points - first).T)]
    return taken


def write(
    dataset: DatasetID,
    selected: Selected,
    array: AnyArray,
    datatype: Datatype,
    members: tuple[str, ...] = (),
) -> None:
    """Put an array, whose shape can be broadcast to the selection's, into the selected elements, or members."""
    if selected.size == 0:
        return
    if selected.points is not None:
        _write_points(dataset, selected, array, datatype, members)
        return
    room = part_bytes(
        dataset.file.client.server.limits.max_message_bytes, dataset.place, selected.text
    )
    elements = Elements(array, datatype)
    if elements.fits(room):
        _update(dataset, selected.text, elements, members)
        return
    for text, part in elements.broadcast(selected.shape).parts(selected.axes, room):
        _update(dataset, text, part, members)


def _update(dataset: DatasetID, text: str, elements: Elements, members: tuple[str, ...]) -> None:
    fields = {
        "path": dataset.place,
        "selection": text or "...",
        "fields": _sent_members(members),
        "datatype": elements.datatype,
        "shape": list(elements.shape),
    }
    payload = encode(elements.array, elements.datatype)
    dataset.file.change("update", fields, payload, forget=False)


def _write_points(
    dataset: DatasetID,
    selected: Selected,
    array: AnyArray,
    datatype: Datatype,
    members: tuple[str, ...],
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
        write(dataset, part, values[first:end], datatype, members)


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
