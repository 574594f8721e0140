"""Copies from one server onto another: what references become, and what is left of a copy that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from live_server import LiveServer

import hdf5_async
from hdf5_async import exceptions, regionref_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Files = tuple[hdf5_async.File, hdf5_async.File]


@pytest.fixture
def files(server: LiveServer, tmp_path: Path) -> Iterator[Files]:
    """A file of one server and one of another; ``/x`` of each is an object of its own."""
    folder = tmp_path / "second"
    folder.mkdir()
    for path in (server.folder / "lab.h5", folder / "lab.h5"):
        with h5py.File(path, "w") as file:
            file["x"] = np.arange(10)
            file["x"].attrs["units"] = "mm"
    second = LiveServer(folder)
    second.start()
    try:
        with (
            hdf5_async.File(server.url("lab.h5"), "r+") as source,
            hdf5_async.File(second.url("lab.h5"), "r+") as target,
        ):
            yield source, target
    finally:
        second.stop()


def kinds(references: Any) -> list[tuple[type[Any], bool]]:
    """Of references their classes, and whether they name anything."""
    return [(type(reference), bool(reference)) for reference in references]


NULL = (hdf5_async.Reference, False)
NULL_REGION = (hdf5_async.RegionReference, False)


def test_attributes_and_elements_that_are_references_become_null(files: Files) -> None:
    source, target = files
    group = source.create_group("g")
    group.attrs["one"] = source["x"].ref
    group.attrs["region"] = source["x"].regionref[2:5]
    group.attrs.create("no elements", np.empty(0, hdf5_async.ref_dtype))
    group.attrs["units"] = "mm"
    group.create_dataset("refs", data=[source["x"].ref] * 3, dtype=hdf5_async.ref_dtype)
    anything = hdf5_async.special_dtype(ref=hdf5_async.AnyReference)
    group.attrs.create("any", [hdf5_async.AttributeReference("/x", "units")], dtype=anything)
    pairs = np.empty((2, 2), hdf5_async.ref_dtype)
    pairs[:] = source["x"].ref
    group.create_dataset("pairs", (2,), np.dtype((hdf5_async.ref_dtype, (2,))))[:] = pairs
    source.copy("g", target, "copy")
    copy = target["copy"]
    assert sorted(copy.attrs) == sorted(group.attrs)
    assert kinds([copy.attrs["one"], copy.attrs["region"]]) == [NULL, NULL_REGION]
    assert copy.attrs["no elements"].shape == (0,)
    assert copy.attrs["units"] == "mm"
    assert kinds(copy.attrs["any"]) == [NULL]
    assert hdf5_async.check_ref_dtype(copy.attrs.get_id("any").dtype) is hdf5_async.AnyReference
    assert kinds(copy["refs"][:]) == [NULL] * 3
    assert copy["pairs"].dtype == group["pairs"].dtype
    assert kinds(copy["pairs"][:].reshape(-1)) == [NULL] * 4
    assert kinds(group["refs"][:]) == [(hdf5_async.Reference, True)] * 3


def test_members_of_compounds_that_are_references_become_null(files: Files) -> None:
    source, target = files
    inner = np.dtype([("at", regionref_dtype), ("weight", "f4")])
    kind = np.dtype([("n", "i4"), ("of", hdf5_async.ref_dtype), ("part", inner, (2,))])
    rows = np.empty(3, kind)
    for n, row in enumerate(rows):
        row["n"] = n
        row["of"] = source["x"].ref
        row["part"]["at"] = source["x"].regionref[:n]
        row["part"]["weight"] = [n, n / 2]
    source.create_dataset("rows", data=rows, dtype=kind)
    source["rows"].attrs.create("first", rows[0], dtype=kind)
    source["rows"].attrs.create("all", rows, dtype=kind)
    source.copy("rows", target, "copy")
    for got in (target["copy"][:], target["copy"].attrs["all"]):
        assert got["n"].tolist() == [0, 1, 2]
        assert got["part"]["weight"].tolist() == rows["part"]["weight"].tolist()
        assert kinds(got["of"]) == [NULL] * 3
        assert kinds(got["part"]["at"].reshape(-1)) == [NULL_REGION] * 6
    assert not target["copy"].attrs["first"]["of"]


def test_sequences_of_references_keep_their_lengths(files: Files) -> None:
    source, target = files
    kind = hdf5_async.vlen_dtype(hdf5_async.ref_dtype)
    lists = np.empty(3, kind)
    for length in range(3):
        lists[length] = np.empty(length, hdf5_async.ref_dtype)
        lists[length][:] = source["x"].ref
    source.create_dataset("lists", data=lists, dtype=kind)
    source["lists"].attrs.create("lists", lists, dtype=kind)
    source.copy("lists", target, "copy")
    for got in (target["copy"][:], target["copy"].attrs["lists"]):
        assert [kinds(part) for part in got] == [[NULL] * length for length in range(3)]


def test_scales_are_copied_and_not_attached_to_what_has_their_path(files: Files) -> None:
    source, target = files
    source["entry/data"] = np.zeros((10, 2))
    source["x"].make_scale("x")
    source["entry/data"].dims[0].attach_scale(source["x"])
    source.copy("entry", target, "entry")
    source.copy("x", target, "entry/x")
    lists = target["entry/data"].attrs["DIMENSION_LIST"]
    assert [kinds(part) for part in lists] == [[NULL], []]
    users = target["entry/x"].attrs["REFERENCE_LIST"]
    assert kinds(users["dataset"]) == [NULL]
    assert users["dimension"].tolist() == [0]
    assert target["entry/x"].attrs["CLASS"] == b"DIMENSION_SCALE"
    assert "REFERENCE_LIST" not in target["x"].attrs


def test_what_is_filled_up_has_null_references(files: Files) -> None:
    source, target = files
    kind = np.dtype([("n", "i4"), ("of", hdf5_async.ref_dtype), ("at", regionref_dtype)])
    fill = np.array((7, source["x"].ref, source["x"].regionref[2:5]), kind)
    rows = source.create_dataset("rows", (1,), kind, maxshape=(2,), fillvalue=fill)
    assert rows[0]["of"]
    source.create_dataset("refs", (1,), hdf5_async.ref_dtype, fillvalue=source["x"].ref)
    for name in ("rows", "refs"):
        source.copy(name, target, name)
    target["rows"].resize((2,))
    assert target["rows"][:]["n"].tolist() == [7, 7]
    assert kinds(target["rows"][:]["of"]) == [NULL] * 2
    assert kinds(target["rows"][:]["at"]) == [NULL_REGION] * 2
    assert kinds(target["refs"][:]) == [NULL]


def test_a_copy_that_fails_leaves_nothing(files: Files) -> None:
    source, target = files
    source["g/a"] = [1, 2]
    layout = hdf5_async.VirtualLayout((10,), "i8")
    layout[:] = hdf5_async.VirtualSource(source["x"])
    source["g/b"] = [3]
    source["g"].create_virtual_dataset("z", layout)
    target.create_group("there")
    with pytest.raises(exceptions.UnsupportedError, match="in other files"):
        source.copy("g", target, "there/copy")
    assert list(target["there"]) == []
    with pytest.raises(exceptions.UnsupportedError):
        source.copy("g/z", target, "there/z")
    with pytest.raises(exceptions.UnsupportedError, match="one server"):
        source.copy("x", target, "there/x", expand_refs=True)
    assert list(target["there"]) == []
    source["same"] = [1, 2]
    with pytest.raises(exceptions.AlreadyExistsError):
        source.copy("same", target, "x")
    assert target["x"][:].tolist() == list(range(10))
    source.copy("g/a", target, "there/copy")
    assert target["there/copy"][:].tolist() == [1, 2]


def test_groups_that_keep_the_order_of_their_links_are_copied_in_it(files: Files) -> None:
    source, target = files
    group = source.create_group("g", track_order=True)
    for name in ("z", "a", "m"):
        group.create_group(name, track_order=name == "m")
        group.attrs[name] = 1
    group["b"] = 1
    source.copy("g", target, "copy")
    assert list(target["copy"]) == ["z", "a", "m", "b"]
    assert list(target["copy"].attrs) == ["z", "a", "m"]
    assert [target["copy"][name].id.described().get("track_order") for name in "zam"] == [
        None,
        None,
        True,
    ]
