"""Virtual datasets made in h5py's manner: h5py reads the same, and describes them as its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

import hdf5_async
from hdf5_async import UNLIMITED, exceptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live_server import LiveServer


@pytest.fixture
def folder(folder: Path) -> Path:
    """Also three files with sources, one of them in a folder of its own."""
    (folder / "raw").mkdir()
    for number, name in enumerate(("a.h5", "b.h5", "raw/c.h5")):
        with h5py.File(folder / name, "w") as file:
            rows = np.arange(60, dtype="<i4").reshape(10, 6) + 1000 * number
            file.create_dataset("data", data=rows, maxshape=(None, 6), chunks=(4, 6))
    return folder


@pytest.fixture
def file(server: LiveServer) -> Iterator[hdf5_async.File]:
    """A file of ours, open for changes."""
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        yield file


def mappings(file: h5py.File, name: str) -> list[Any]:
    """What h5py says of a virtual dataset."""
    found = file[name].id.get_create_plist()
    return [
        (
            found.get_virtual_filename(each),
            found.get_virtual_dsetname(each),
            found.get_virtual_vspace(each).get_select_bounds()
            if found.get_virtual_vspace(each).get_select_npoints() < 2**63
            else found.get_virtual_vspace(each).get_regular_hyperslab(),
            found.get_virtual_srcspace(each).get_select_type(),
        )
        for each in range(found.get_virtual_count())
    ]


def fill(package: Any, file: Any) -> None:
    """Make the same virtual datasets by either package."""
    sources = [
        package.VirtualSource(name, "data", shape=(10, 6), maxshape=(None, 6))
        for name in ("a.h5", "b.h5", "raw/c.h5")
    ]
    layout = package.VirtualLayout((3, 10, 6), "<i4")
    for number, source in enumerate(sources):
        layout[number] = source
    file.create_virtual_dataset("stacked", layout)
    layout = package.VirtualLayout((32, 6), "<i8", maxshape=(None, 6))
    layout[0:10] = sources[0]
    layout[11:21] = sources[1][...]
    layout[22:30:2, 1:3] = sources[2][2:6, -2:]
    file.create_virtual_dataset("group/gaps", layout, fillvalue=-7)
    layout = package.VirtualLayout((8,), "<i4")
    layout[[0, 3, 4, 6]] = sources[0][2, 1:5]
    layout[1:3] = sources[1][[4, 7], 0]
    with file.build_virtual_dataset("listed", (8,), "<i4", fillvalue=3) as built:
        built.sources = getattr(layout, "sources", None)
        built.dcpl = getattr(layout, "dcpl", None)
    with file.build_virtual_dataset("missing", (4,), "f8", fillvalue=np.nan) as layout:
        layout[:2] = package.VirtualSource("nowhere.h5", "x", (2,))
        layout[2:] = package.VirtualSource("a.h5", "no such dataset", (2,))


def test_several_sources_as_h5py_makes_them(
    file: hdf5_async.File, server: LiveServer, folder: Path
) -> None:
    fill(hdf5_async, file)
    with h5py.File(folder / "theirs.h5", "w") as theirs:
        fill(h5py, theirs)
    file.flush()
    with server.witness() as ours, server.witness("theirs.h5") as theirs:
        for name in ("stacked", "group/gaps", "listed", "missing"):
            np.testing.assert_array_equal(file[name][...], theirs[name][...])
            np.testing.assert_array_equal(ours[name][...], theirs[name][...])
            assert file[name].is_virtual
            assert (ours[name].dtype, ours[name].maxshape) == (
                theirs[name].dtype,
                theirs[name].maxshape,
            )
            np.testing.assert_equal(ours[name].fillvalue, theirs[name].fillvalue)
            np.testing.assert_equal(file[name].fillvalue, theirs[name].fillvalue)
            assert mappings(ours, name) == mappings(theirs, name)
            assert [(each.file_name, each.dset_name) for each in file[name].virtual_sources()] == [
                (each.file_name, each.dset_name) for each in theirs[name].virtual_sources()
            ]
    with pytest.raises(RuntimeError, match="Not a virtual"):
        file.create_dataset("plain", data=[1]).virtual_sources()


def test_sources_are_given_as_datasets(file: hdf5_async.File, server: LiveServer) -> None:
    file["here"] = np.arange(6, dtype="<i4") - 50
    with hdf5_async.File(server.url("raw/c.h5"), "r+") as other:
        layout = hdf5_async.VirtualLayout((2, 6), "<i4")
        layout[0] = hdf5_async.VirtualSource(file["here"])
        layout[1] = hdf5_async.VirtualSource(other["data"])[3]
        virtual = file.create_virtual_dataset("both", layout)
        other["data"][3, 0] = -1
        assert virtual[...].tolist() == [list(range(-50, -44)), [-1, *range(2019, 2024)]]
        file["here"][0] = 9
        assert virtual[0, 0] == 9
        assert [each.file_name for each in virtual.virtual_sources()] == [".", "raw/c.h5"]
        with other.build_virtual_dataset("back", (10, 6), "<i4") as layout:
            layout[...] = hdf5_async.VirtualSource(server.url("a.h5"), "data", (10, 6))
        assert other["back"].virtual_sources()[0].file_name == "../a.h5"
        assert other["back"][9, 5] == 59
    file.flush()
    with server.witness() as witness:
        assert witness["both"][1, 0] == -1
    with server.witness("raw/c.h5") as witness:
        assert witness["back"][9, 5] == 59


def test_a_source_that_grows_makes_the_dataset_grow(
    file: hdf5_async.File, server: LiveServer
) -> None:
    with hdf5_async.File(server.url("a.h5"), "r+") as other:
        layout = hdf5_async.VirtualLayout((10, 2), "<i4", maxshape=(None, 2))
        source = hdf5_async.VirtualSource(other["data"])
        layout[0:UNLIMITED, :] = source[0:UNLIMITED, 2:4]
        grown = file.create_virtual_dataset("grown", layout)
        assert grown.shape == (10, 2)
        other["data"].resize(12, axis=0)
        other["data"][10:] = 5
        other.flush()
    file.flush()
    with server.witness() as witness:
        assert witness["grown"].shape == (12, 2)
        assert witness["grown"][9:].tolist() == [[56, 57], [5, 5], [5, 5]]
    file.close()
    with hdf5_async.File(server.url("lab.h5")) as again:
        assert again["grown"].shape == (12, 2)
        assert again["grown"][9:].tolist() == [[56, 57], [5, 5], [5, 5]]


def test_blocks_in_files_with_numbers(
    file: hdf5_async.File, server: LiveServer, folder: Path
) -> None:
    for number in range(3):
        with h5py.File(folder / f"block_{number}.h5", "w") as block:
            block["x"] = np.arange(6).reshape(1, 6) + 10 * number
    layout = hdf5_async.VirtualLayout((4, 6), "<i8", maxshape=(None, 6))
    layout[0:UNLIMITED] = hdf5_async.VirtualSource("block_%b.h5", "x", shape=(1, 6))
    file.create_virtual_dataset("numbered", layout, fillvalue=-1)
    file.flush()
    with server.witness() as witness:
        expected = witness["numbered"][...]
        assert expected.shape == (3, 6)
        assert expected[:, 0].tolist() == [0, 10, 20]
    file.close()
    with hdf5_async.File(server.url("lab.h5")) as again:
        np.testing.assert_array_equal(again["numbered"][...], expected)
        assert again["numbered"].virtual_sources()[0].file_name == "block_%b.h5"


def test_other_datatypes_and_no_sources(file: hdf5_async.File, server: LiveServer) -> None:
    kind = np.dtype([("x", "<f4"), ("n", "<i2")])
    file["kind"] = kind
    file["rows"] = np.array([(0.5, 1), (1.5, 2)], kind)
    layout = hdf5_async.VirtualLayout(3, file["kind"])
    layout[1:] = hdf5_async.VirtualSource(file["rows"])
    file.create_virtual_dataset("rows2", layout, fillvalue=(9.5, 9))
    file.create_virtual_dataset("nothing", hdf5_async.VirtualLayout((2,), "i1"), fillvalue=4)
    assert file["rows2"][:].tolist() == [(9.5, 9), (0.5, 1), (1.5, 2)]
    file.flush()
    with server.witness() as witness:
        assert witness["rows2"][:].tolist() == [(9.5, 9), (0.5, 1), (1.5, 2)]
        assert witness["rows2"].id.get_type().committed()
        assert witness["nothing"][:].tolist() == [4, 4]


def test_what_makes_no_sense_is_refused(file: hdf5_async.File, server: LiveServer) -> None:
    source = hdf5_async.VirtualSource("a.h5", "data", (10, 6))
    layout = hdf5_async.VirtualLayout((4, 6), "<i4")
    with pytest.raises(ValueError, match="different number"):
        layout[:3] = source[:2]
    with pytest.raises(RuntimeError, match="sliced once"):
        source[:2][0]
    with pytest.raises(TypeError, match="name and shape"):
        hdf5_async.VirtualSource("a.h5", "data")
    file["x"] = [1]
    with pytest.raises(TypeError, match="no other arguments"):
        hdf5_async.VirtualSource(file["x"], shape=(1,))
    with pytest.raises(ValueError, match="single points"):
        layout[np.eye(4, 6, dtype=bool)] = source[0, :4]
    layout[:] = hdf5_async.VirtualSource("ws://elsewhere:1/a.h5", "data", (4, 6))
    with pytest.raises(ValueError, match="another server"):
        file.create_virtual_dataset("elsewhere", layout)
    with file.build_virtual_dataset("outside", (1,), "<i4") as built:
        built[:] = hdf5_async.VirtualSource("/etc/passwd", "data", (1,))
    with pytest.raises(exceptions.UnsupportedError):
        file["outside"][:]
    with pytest.raises(ValueError, match="already there"):
        file.create_virtual_dataset("x", hdf5_async.VirtualLayout((1,), "i4"))
    assert "elsewhere" not in file
    assert server.process is not None
