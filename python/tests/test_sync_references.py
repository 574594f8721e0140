"""References of HDF5 1.12: to objects, to regions and to attributes, in one dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import hdf5_async
from hdf5_async import AnyReference, AttributeReference

if TYPE_CHECKING:
    from live_server import LiveServer


def test_references_of_any_kind(server: LiveServer) -> None:
    kind = hdf5_async.special_dtype(ref=AnyReference)
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["x"] = np.arange(10)
        file["x"].attrs["units"] = "mm"
        made = [
            file["x"].ref,
            file["x"].regionref[2:5],
            AttributeReference("/x", "units"),
            hdf5_async.Reference(),
        ]
        refs = file.create_dataset("refs", (4,), kind)
        refs[...] = made
        assert hdf5_async.check_ref_dtype(refs.dtype) is AnyReference
        assert list(refs[...]) == made
        assert [bool(ref) for ref in refs[...]] == [True, True, True, False]
        assert file[refs[0]] == file["x"]
        assert (file["x"][refs[1]] == [2, 3, 4]).all()
        assert file[refs[2].path].attrs[refs[2].name] == "mm"


def test_an_attribute_has_references_of_any_kind(server: LiveServer) -> None:
    kind = hdf5_async.special_dtype(ref=AnyReference)
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file.attrs["title"] = "x"
        made = [AttributeReference("/", "title"), file.ref]
        file.attrs.create("refs", made, dtype=kind)
        assert list(file.attrs["refs"]) == made
        with pytest.raises(hdf5_async.exceptions.InvalidValueError):
            file.attrs.create("bad", [AttributeReference("/", "nothing")], dtype=kind)
