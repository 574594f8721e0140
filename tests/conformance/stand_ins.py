"""What stands in for h5py's names while its tests run: our classes, and the little that tests reach beneath them."""

from __future__ import annotations

import importlib
import shutil
import types
from pathlib import Path
from typing import Any

import h5py
import hdf5_async._sync as ours
import numpy as np
from h5py import h5a, h5d, h5ds, h5f, h5g, h5r, h5s, h5t
from hdf5_async import _mapping as mapping
from hdf5_async._sync import filters, identifiers, regions, scales
from hdf5_async._sync.creation import create_dataset

CLASSES = [name for name in ours.__all__ if hasattr(h5py, name)]


class FastReader:
    """The reader that h5py's tests compare with ``dataset[...]``."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def read(self, args: tuple[Any, ...]) -> Any:
        """Read as an index does."""
        return self._dataset[args]


class DatasetModule(types.ModuleType):
    """``h5py._hl.dataset`` with the table that a test changes: ours."""

    @property
    def _LEGACY_GZIP_COMPRESSION_VALS(self) -> tuple[int, ...]:
        return filters.LEGACY_GZIP_LEVELS

    @_LEGACY_GZIP_COMPRESSION_VALS.setter
    def _LEGACY_GZIP_COMPRESSION_VALS(self, levels: tuple[int, ...]) -> None:
        filters.LEGACY_GZIP_LEVELS = levels


def _selector(dataset: Any) -> Any:
    """Return what h5py's selections resolve an index of one of our datasets with."""
    return h5py._selector.Selector(h5s.create_simple(dataset.shape))


def put_in_place(data_files: Path) -> None:
    """Give h5py our classes under its names, and serve the files that come with its tests."""
    for name in CLASSES:
        setattr(h5py, name, getattr(ours, name))
    h5py.filters.Gzip = ours.Gzip
    h5py.filters.FilterRefBase = ours.FilterRefBase
    base = importlib.import_module("h5py._hl.base")
    base.Empty = ours.Empty
    base.is_empty_dataspace = lambda identifier: identifier.shape is None
    importlib.import_module(
        "h5py.h5py_warnings"
    ).H5pyDeprecationWarning = DeprecationWarning
    ours.Dataset._fast_reader = property(FastReader)  # type: ignore[attr-defined]
    ours.Dataset._selector = property(_selector)  # type: ignore[attr-defined]
    importlib.import_module("h5py._hl.dataset").__class__ = DatasetModule
    _low_level()
    tests = importlib.import_module("h5py.tests.data_files")
    shutil.copytree(Path(tests.get_data_file_path("")), data_files)
    tests.get_data_file_path = lambda name: str(data_files / name)


def _low_level() -> None:
    """Let the functions of the low-level modules that tests call take our identifiers."""
    for name in ("TypeID", "TypeStringID", "TypeOpaqueID", "TypeBitfieldID"):
        setattr(h5t, name, getattr(identifiers, name))
    h5t.vlen_dtype = ours.vlen_dtype
    h5a.AttrID = identifiers.AttrID
    h5a.open = lambda owner, name: _object(owner).attrs.get_id(name)
    h5a.create = _create_attribute
    h5d.DatasetID = identifiers.DatasetID
    h5d.create = _create_dataset
    h5d.open = lambda file, name, _access=None: ours.Group(file)[name].id
    h5g.get_objinfo = lambda identifier: identifier.get_objinfo()
    h5r.Reference = ours.Reference
    h5r.RegionReference = ours.RegionReference
    h5r.create = _create_reference
    h5r.get_region = _region
    h5f.get_obj_count = _count_open
    for size in (8, 16, 32, 64):
        for order, byte_order in (("LE", "<"), ("BE", ">")):
            setattr(h5t, f"STD_B{size}{order}", _bits(size // 8, byte_order))
    for name in scales.__all__:
        setattr(h5ds, name, getattr(scales, name))


def _object(identifier: Any) -> Any:
    classes = {
        "group": ours.Group,
        "dataset": ours.Dataset,
        "named_datatype": ours.Datatype,
    }
    return classes[identifier.kind](identifier)


def _dtype(datatype: Any) -> np.dtype[Any]:
    """Return the dtype of a datatype made by h5py's low-level functions."""
    dtype: np.dtype[Any] = datatype.dtype
    return dtype


def _create_attribute(owner: Any, name: bytes, datatype: Any, space: Any) -> Any:
    attributes = _object(owner).attrs
    if space.get_simple_extent_type() == h5py.h5s.NULL:
        attributes.create(name, ours.Empty(_dtype(datatype)))
    else:
        attributes.create(name, np.zeros(space.shape, _dtype(datatype)))
    return attributes.get_id(name)


def _create_dataset(
    owner: Any, name: bytes, datatype: Any, space: Any, _options: Any = None
) -> Any:
    empty = space.get_simple_extent_type() == h5py.h5s.NULL
    path = f"{owner.place.rstrip('/')}/{name.decode()}"
    if isinstance(datatype, h5t.TypeID):
        dtype = datatype
    elif datatype.get_class() == h5t.BITFIELD:
        size = datatype.get_size()
        order = ">" if datatype.get_order() == h5t.ORDER_BE else "<"
        dtype = _bits(size, order)
    else:
        dtype = identifiers.type_id(mapping.datatype_of(_dtype(datatype)))
    return create_dataset(
        owner.file, path, None if empty else space.shape, dtype, None, {}
    )


def _create_reference(owner: Any, name: bytes, kind: int, space: Any = None) -> Any:
    target = owner if name == b"." else ours.Group(owner)[name].id
    if kind == h5r.OBJECT:
        return ours.Reference(target.place)
    none = space.get_select_type() == h5py.h5s.SEL_NONE
    return ours.RegionReference(target.place, {"points": []} if none else {})


def _bits(size: int, order: str) -> Any:
    whole = {"precision": 8 * size, "bit_offset": 0}
    return identifiers.type_id(
        {"class": "bitfield", "size": size, "order": order, **whole}
    )


def _count_open(_where: Any, kinds: int) -> int:
    """Count the files or groups that this process has open."""
    wanted = identifiers.FileID if kinds == h5f.OBJ_FILE else identifiers.GroupID
    return sum(
        type(held) is wanted and held.valid for held in list(identifiers.OPEN.values())
    )


def _region(reference: Any, dataset: Any) -> Any:
    """Return the dataspace of a region, with the box that it selects."""
    target = _object(dataset).file[reference]
    space = h5s.create_simple(target.shape)
    axes = regions.selected_by(reference, target).axes
    space.select_hyperslab(
        tuple(axis[0] for axis in axes), tuple(len(axis) for axis in axes)
    )
    return space
