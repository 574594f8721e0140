"""What objects are: without a name, under several names, copied between files, made and removed as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from live_server import LiveServer


def test_an_object_without_a_name_is_linked_or_gone(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        first, second = file.create_dataset(None, data=[1, 2]), file.create_group(None)
        assert first.name is None
        assert repr(second) == "<HDF5 group (anonymous) (0 members)>"
        assert list(file) == []
        assert len(file) == 0
        file["kept"] = first
        assert first.name == "/kept"
        assert first[:].tolist() == [1, 2]
    with server.witness() as witness:
        assert list(witness) == ["kept"]


def test_hard_links_to_one_object_are_equal(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["a/x"] = [1]
        file["b"] = file["a/x"]
        file["a/loop"] = file["a"]
        assert file["b"] == file["a/x"]
        assert hash(file["b"]) == hash(file["a/x"])
        names: list[str] = []
        file.visit(names.append)
        assert names == ["a", "a/x"]


def test_copies_between_files(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        kind = np.dtype([("id", "i4"), ("name", hdf5_async.string_dtype())])
        rows = file.create_dataset("entry/rows", (3,), kind, maxshape=(None,), compression="gzip")
        rows[:] = np.array([(1, "a"), (2, "b"), (3, "ß")], kind)
        rows.attrs["units"] = ["mm", "s"]
        rows.attrs["none"] = hdf5_async.Empty("f4")
        file["entry/same"] = rows
        file["entry/soft"] = hdf5_async.SoftLink("/entry/rows")
        with hdf5_async.File(server.url("other.h5"), "w") as other:
            file.copy("entry", other, "copied")
            copy = other["copied/rows"]
            assert copy.maxshape == (None,)
            assert copy.compression == "gzip"
            assert copy[2]["name"] == "ß".encode()
            assert copy.attrs["units"].tolist() == ["mm", "s"]
            assert copy.attrs["none"] == hdf5_async.Empty("f4")
            assert other["copied/same"] == copy
            assert isinstance(other.get("copied/soft", getlink=True), hdf5_async.SoftLink)
            file.copy("entry", other, "again", expand_refs=True)
            assert other["again/rows"].compression == "gzip"


def test_files_are_made_and_emptied(server: LiveServer) -> None:
    url = server.url("made.h5")
    with hdf5_async.File(url, "w-", userblock_size=1024, track_order=True) as file:
        for name in ("z", "a"):
            file.create_group(name)
        assert file.userblock_size == 1024
        assert list(file) == ["z", "a"]
    with pytest.raises(FileExistsError):
        hdf5_async.File(url, "x")
    with hdf5_async.File(url, "w") as file:
        assert len(file) == 0
    # Nobody has the file open: another program may change it.
    with server.witness("made.h5") as witness:
        assert list(witness) == []
    with pytest.raises(exceptions.UnsupportedError, match="allow-delete-files"):
        hdf5_async.File(server.url("core.h5"), "w", driver="core", backing_store=False)


@pytest.mark.options("--allow-delete-files")
def test_a_file_without_a_backing_store_is_gone_when_it_is_closed(server: LiveServer) -> None:
    url = server.url("core.h5")
    with hdf5_async.File(url, "w", driver="core", backing_store=False) as file:
        file["x"] = 1
        assert (server.folder / "core.h5").exists()
    assert not (server.folder / "core.h5").exists()


def test_one_process_has_one_idea_of_locks(server: LiveServer) -> None:
    url = server.url("lab.h5")
    with hdf5_async.File(url, "r", locking=True):
        with pytest.raises(OSError, match="locking"):
            hdf5_async.File(url, "r", locking=False)
        hdf5_async.File(url, "r", locking=True).close()


def test_a_name_that_is_taken_is_what_h5py_raises_for_it(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["x"] = 1
        with pytest.raises(OSError, match="already there"):
            file["x"] = 2
        with pytest.raises(ValueError, match="already there"):
            file.create_dataset("x", data=3)
        with pytest.raises(KeyError, match="empty"):
            file[""]


def test_what_was_deleted_says_so(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["group/x"] = 1
        group = file["group"]
        popped = group.pop("x")
        assert isinstance(popped, hdf5_async.HLObject)
        assert repr(popped) == '<Deleted HDF5 dataset "x">'
        del file["group"]
        assert repr(group) == '<Deleted HDF5 group "/group">'
        with pytest.raises(KeyError):
            group["x"]


def test_a_process_may_have_the_order_kept(server: LiveServer) -> None:
    config = hdf5_async.get_config()
    assert (config.track_order, config.complex_names, config.mpi) == (False, ("r", "i"), False)
    config.track_order = True
    try:
        with hdf5_async.File(server.url("made.h5"), "w") as file:
            for place in (file, file.create_group("g"), file.create_dataset("d", data=1).attrs):
                place["z"], place["a"] = 1, 2
                assert [name for name in place if name in "za"] == ["z", "a"]
            plain = file.create_group("plain", track_order=False)
            plain["z"], plain["a"] = 1, 2
            assert list(plain) == ["a", "z"]
    finally:
        config.track_order = False


def test_what_is_a_file(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    (server.folder / "text.h5").write_text("no HDF5" * 100)
    assert hdf5_async.is_hdf5(server.url("lab.h5"))
    assert not hdf5_async.is_hdf5(server.url("nope.h5"))
    assert not hdf5_async.is_hdf5(server.url("text.h5"))
    monkeypatch.setenv("HDF5_ASYNC_URL", server.url())
    monkeypatch.setenv("HDF5_ASYNC_FOLDER", str(server.folder))
    assert hdf5_async.is_hdf5(server.folder / "lab.h5")
    assert not hdf5_async.is_hdf5("/elsewhere/lab.h5")


def test_the_version_is_that_of_the_package() -> None:
    assert hdf5_async.__version__ == hdf5_async.version.version
    assert ".".join(map(str, hdf5_async.version.version_tuple)) == hdf5_async.__version__
    assert hdf5_async.__version__ in hdf5_async.version.info


@pytest.mark.parametrize(
    ("libver", "expected"),
    [
        (None, "v18"),
        ("earliest", "earliest"),
        ("latest", "v110"),
        (("v110", "v112"), "v110"),
        (("v18", "latest"), "v18"),
    ],
)
def test_libver_is_the_format_of_a_new_file(
    server: LiveServer, libver: str | tuple[str, str] | None, expected: str
) -> None:
    with hdf5_async.File(server.url("new.h5"), "w", libver=libver) as file:
        file["x"] = [1, 2]
        assert file._file.creation().format == expected
