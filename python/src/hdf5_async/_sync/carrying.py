"""Copies between two files, which the client carries: through its memory, a few MiB at a time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from .._mapping import dtype_of
from .._selection import boxes, narrowed
from ..exceptions import Hdf5AsyncError, UnsupportedError
from . import elements, paths
from .attributes import AttributeManager
from .dataset import Dataset
from .finding import find
from .group import Group
from .identifiers import DatasetID
from .null_references import fill_without_references, is_reference, without_references
from .selections import Selected, select

if TYPE_CHECKING:
    from .objects import HLObject
    from .served import ServedFile

__all__ = ["carry"]

BYTES_AT_ONCE = 8 * 1024 * 1024
CREATION = (
    "max_shape",
    "chunks",
    "layout",
    "filters",
    "fill_value",
    "fill_time",
    "allocation_time",
    "track_times",
    "track_order",
    "unfiltered_edge_chunks",
    "attribute_phase_change",
)
"""What a dataset is described with and made with alike."""


class _Carrier:
    def __init__(self, file: ServedFile, options: dict[str, bool]) -> None:
        self.file = file
        self.options = options
        # Where each object went: several links to one become several links to its copy.
        self.made: dict[Any, str] = {}
        self.began = False
        """Whether anything at the target is of this copy."""

    def copy(self, source: HLObject, target: str, *, below: bool = True) -> None:
        identity = source._id._key()
        if identity in self.made:
            self.file.change("link", {"path": target, "target": self.made[identity]})
            return
        self.made[identity] = target
        if isinstance(source, Group):
            track_order = source._id.described().get("track_order")
            self._make("create_group", {"path": target, "track_order": track_order})
            if below:
                self._links(source, target)
        elif isinstance(source, Dataset):
            self._dataset(source, target)
        else:
            fields = {"path": target, "datatype": source.id.datatype}
            self._make("create_named_datatype", fields)
        if not self.options["without_attrs"]:
            there = find(self.file, target)
            AttributeManager(there).take_over(AttributeManager(source))

    def _make(self, command: str, fields: dict[str, Any]) -> None:
        self.file.change(command, fields)
        self.began = True

    def _links(self, source: Group, target: str) -> None:
        for child in source._file.children(source._path):
            place = paths.join(target, child["name"])
            link = child["link"]
            expand = link["kind"] == "hard" or self.options[f"expand_{link['kind']}"]
            found = source.get(child["name"]) if expand else None
            if found is not None:
                self.copy(found, place, below=not self.options["shallow"])
            elif link["kind"] == "soft":
                fields = {"path": place, "kind": "soft", "target": link["target"]}
                self.file.change("link", fields)
            else:
                fields = {"path": place, "kind": "external", "target": link["target"]}
                self.file.change("link", {**fields, "target_file": link["file"]})

    def _dataset(self, source: Dataset, target: str) -> None:
        facts = source._facts
        datatype = facts["datatype"]
        if facts["layout"] == "virtual" or facts.get("external_storage"):
            raise UnsupportedError(
                f"{source.name} has its elements in other files; copy those, too",
                code="unsupported",
                path=source.name,
            )
        fields = {name: facts[name] for name in CREATION if facts.get(name) is not None}
        shape = facts.get("shape")
        fields.update(path=target, datatype=datatype, shape=shape)
        if "fill_value" in fields:
            fields["fill_value"] = fill_without_references(fields["fill_value"], datatype)
        self._make("create_dataset", fields)
        if shape is None or 0 in shape or is_reference(datatype):
            # References of one file mean nothing in another: they become null, as HDF5 has it.
            return
        dtype = dtype_of(datatype)
        whole = select((), tuple(shape))
        there = DatasetID(self.file, target)
        element_bytes = max(1, dtype.itemsize)
        for box in boxes(
            whole.shape, lambda first, end: (end - first) * element_bytes <= BYTES_AT_ONCE
        ):
            axes = narrowed(whole.axes, box)
            part = Selected(axes, tuple(len(axis) for axis in axes if not isinstance(axis, int)))
            values = elements.read(source.id, part, dtype)
            elements.write(there, part, without_references(values, datatype), datatype)


def carry(source: HLObject, file: ServedFile, target: str, options: dict[str, bool]) -> None:
    """Copy an object, with all below it, to a path of a file of another server; what fails leaves nothing there.

    References become null, in elements and in attributes.

    Raises:
        UnsupportedError: for ``expand_refs``, and for elements that are in other files.

    """
    if options["expand_refs"]:
        raise UnsupportedError(
            "references are followed only by copies within one server", code="unsupported"
        )
    carrier = _Carrier(file, options)
    try:
        carrier.copy(source, target)
    except BaseException:
        if carrier.began:
            # The first failure is what is told.
            with contextlib.suppress(Hdf5AsyncError, ValueError):
                file.change("delete", {"path": target})
        raise
