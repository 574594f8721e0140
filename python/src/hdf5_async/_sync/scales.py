"""Dimension scales: the attributes of the HDF5 specification by which axes have labels and coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._reference import Reference
from .._special import ref_dtype, vlen_dtype
from .paths import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from .attributes import AttributeManager
    from .identifiers import DatasetID

__all__ = [
    "attach_scale",
    "detach_scale",
    "get_label",
    "get_num_scales",
    "get_scale_name",
    "is_attached",
    "is_scale",
    "iterate",
    "scales_of",
    "set_label",
    "set_scale",
]

CLASS = b"DIMENSION_SCALE"
_LIST, _LABELS, _BACK = "DIMENSION_LIST", "DIMENSION_LABELS", "REFERENCE_LIST"
_BACK_DTYPE = np.dtype([("dataset", ref_dtype), ("dimension", "i4")])


def _attributes(dataset: DatasetID) -> AttributeManager:
    from .dataset import Dataset

    return Dataset(dataset).attrs


def is_scale(dataset: DatasetID) -> bool:
    """Whether a dataset is a scale."""
    attributes = _attributes(dataset)
    return "CLASS" in attributes and _as_bytes(attributes["CLASS"]) == CLASS


def _as_bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def set_scale(dataset: DatasetID, name: str | bytes = b"") -> None:
    """Make a dataset a scale, and give it a name."""
    attributes = _attributes(dataset)
    if _LIST in attributes:
        raise RuntimeError("a dataset with scales of its own cannot become one")
    attributes["CLASS"] = np.bytes_(CLASS)
    text = as_text(name)
    if text:
        attributes.create("NAME", np.bytes_(text.encode()))
    elif "NAME" in attributes:
        del attributes["NAME"]


def get_scale_name(dataset: DatasetID) -> bytes:
    """Return the name of a scale, empty where it has none."""
    attributes = _attributes(dataset)
    return _as_bytes(attributes["NAME"]) if "NAME" in attributes else b""


def scales_of(dataset: DatasetID, axis: int) -> list[Reference]:
    """Return references to the scales of an axis, in the order in which they were attached."""
    attributes = _attributes(dataset)
    if _LIST not in attributes:
        return []
    return list(attributes[_LIST][axis])


def get_num_scales(dataset: DatasetID, axis: int) -> int:
    """Return how many scales an axis has."""
    return len(scales_of(dataset, axis))


def iterate(dataset: DatasetID, axis: int, func: Callable[[Any], Any], start: int = 0) -> Any:
    """Call something with each scale of an axis until it returns one thing that is not None; return that."""
    from .dataset import Dataset

    file = Dataset(dataset).file
    for reference in scales_of(dataset, axis)[start:]:
        result = func(file[reference].id)
        if result is not None:
            return result
    return None


def is_attached(dataset: DatasetID, scale: DatasetID, axis: int) -> bool:
    """Whether a scale belongs to an axis."""
    return any(found.path == scale.place for found in scales_of(dataset, axis))


def _check_axis(dataset: DatasetID, axis: int) -> None:
    if not 0 <= axis < dataset.rank:
        raise RuntimeError(f"axis {axis} is not among the {dataset.rank} of the dataset")


def _write_list(dataset: DatasetID, axes: list[list[Reference]]) -> None:
    attributes = _attributes(dataset)
    if not any(axes):
        if _LIST in attributes:
            del attributes[_LIST]
        return
    lists = np.empty(len(axes), vlen_dtype(ref_dtype))
    for axis, references in enumerate(axes):
        inner = np.empty(len(references), ref_dtype)
        inner[:] = references
        lists[axis] = inner
    attributes.create(_LIST, lists, dtype=vlen_dtype(ref_dtype))


def _write_back(scale: DatasetID, users: list[tuple[Reference, int]]) -> None:
    attributes = _attributes(scale)
    if not users:
        if _BACK in attributes:
            del attributes[_BACK]
        return
    rows = np.empty(len(users), _BACK_DTYPE)
    rows[:] = users
    attributes.create(_BACK, rows, dtype=_BACK_DTYPE)


def _users(scale: DatasetID) -> list[tuple[Reference, int]]:
    attributes = _attributes(scale)
    if _BACK not in attributes:
        return []
    return [(row["dataset"], int(row["dimension"])) for row in attributes[_BACK]]


def attach_scale(dataset: DatasetID, scale: DatasetID, axis: int) -> None:
    """Give an axis a scale; what is no scale becomes one."""
    _check_axis(dataset, axis)
    if not is_scale(scale):
        set_scale(scale)
    if is_attached(dataset, scale, axis):
        return
    axes = [scales_of(dataset, each) for each in range(dataset.rank)]
    axes[axis].append(Reference(scale.place))
    _write_list(dataset, axes)
    _write_back(scale, [*_users(scale), (Reference(dataset.place), axis)])


def detach_scale(dataset: DatasetID, scale: DatasetID, axis: int) -> None:
    """Take a scale away from an axis."""
    _check_axis(dataset, axis)
    if not is_attached(dataset, scale, axis):
        raise RuntimeError("the scale is not attached to the axis")
    axes = [scales_of(dataset, each) for each in range(dataset.rank)]
    axes[axis] = [found for found in axes[axis] if found.path != scale.place]
    _write_list(dataset, axes)
    users = [user for user in _users(scale) if user != (Reference(dataset.place), axis)]
    _write_back(scale, users)


def set_label(dataset: DatasetID, axis: int, label: str | bytes) -> None:
    """Give an axis a label."""
    _check_axis(dataset, axis)
    labels = [get_label(dataset, each).decode() for each in range(dataset.rank)]
    labels[axis] = as_text(label)
    _attributes(dataset).create(_LABELS, labels)


def get_label(dataset: DatasetID, axis: int) -> bytes:
    """Return the label of an axis, empty where it has none."""
    attributes = _attributes(dataset)
    if _LABELS not in attributes:
        return b""
    return _as_bytes(attributes[_LABELS][axis])
