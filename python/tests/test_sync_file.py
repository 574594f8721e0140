"""h5py's manners against a real server: how files are named, opened, closed, shared and pickled."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from live_server import TOKEN

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from live_server import LiveServer


def test_a_file_by_its_address(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["entry/counts"] = np.arange(5)
        assert list(file) == ["entry"]
        assert repr(file) == '<HDF5 file "lab.h5" (mode r+)>'
        assert TOKEN not in file.filename
        counts = file["entry/counts"]
    assert not file
    assert not counts
    assert repr(counts) == "<Closed HDF5 dataset>"
    with pytest.raises(ValueError, match="closed"):
        counts[0]
    server.stop()
    with server.witness() as witness:
        assert witness["entry/counts"][:].tolist() == [0, 1, 2, 3, 4]


def test_a_file_by_its_name(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDF5_ASYNC_URL", server.url())
    with hdf5_async.File("lab.h5", "a") as file:
        file.attrs["title"] = "chopper"
    monkeypatch.setenv("HDF5_ASYNC_FOLDER", str(server.folder))
    with hdf5_async.File(server.folder / "lab.h5") as file:
        assert file.attrs["title"] == "chopper"
        assert file.mode == "r"
    with pytest.raises(FileNotFoundError, match="is not below"):
        hdf5_async.File("/elsewhere/lab.h5")


def test_no_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HDF5_ASYNC_URL", raising=False)
    with pytest.raises(exceptions.InvalidRequestError, match="HDF5_ASYNC_URL"):
        hdf5_async.File("lab.h5")


def test_missing_files_and_wrong_modes(server: LiveServer) -> None:
    with pytest.raises(FileNotFoundError):
        hdf5_async.File(server.url("nope.h5"))
    with pytest.raises(ValueError, match="Invalid mode"):
        hdf5_async.File(server.url("lab.h5"), "rw")
    with hdf5_async.File(server.url("lab.h5")) as file, pytest.raises(ValueError, match="no write"):
        file.create_group("a")


def test_what_others_change_is_seen(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as mine:
        mine["counts"] = np.arange(3)
        counts = mine["counts"]
        assert len(counts.attrs) == 0
        with hdf5_async.File(server.url("lab.h5"), "r+") as other:
            other["counts"].attrs["units"] = "mm"
            other["new"] = 1
            assert mine["counts"].attrs["units"] == "mm"
            assert sorted(mine) == ["counts", "new"]
            del other["counts"]
        assert "counts" not in mine


def test_a_description_is_asked_for_once(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["counts"] = np.zeros((3, 4))
        counts = file["counts"]
        asked: list[str] = []
        call = file._file.call

        def counted(command: str, *args: object, **options: object) -> object:
            asked.append(command)
            return call(command, *args, **options)  # type: ignore[arg-type]

        file._file.call = counted  # type: ignore[method-assign,assignment]
        assert (counts.shape, counts.dtype, counts.ndim, counts.chunks) == ((3, 4), "f8", 2, None)
        assert list(counts.attrs) == []
        counts[0] = 1
        assert counts.shape == (3, 4)
        assert asked == ["update"]


def test_any_thread_may_use_a_file(server: LiveServer) -> None:
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["shared"] = np.zeros((16, 8))
        barrier = threading.Barrier(16)

        def fill(row: int) -> None:
            barrier.wait()
            file["shared"][row] = row

        with ThreadPoolExecutor(16) as threads:
            list(threads.map(fill, range(16)))
        assert (file["shared"][:, 0] == np.arange(16)).all()


def test_objects_are_pickled_by_name(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDF5_ASYNC_TOKEN", TOKEN)
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["entry/counts"] = np.arange(5)
        pickled = pickle.dumps([file["entry/counts"], file["entry"], file])
        assert TOKEN.encode() not in pickled
    counts, entry, file = pickle.loads(pickled)
    assert counts[:].tolist() == [0, 1, 2, 3, 4]
    assert list(entry) == ["counts"]
    assert file.mode == "r+"


def test_a_worker_process_opens_what_it_is_given(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import multiprocessing

    monkeypatch.setenv("HDF5_ASYNC_TOKEN", TOKEN)
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        file["counts"] = np.arange(10)
        with multiprocessing.get_context("spawn").Pool(1) as workers:
            assert workers.map(np.sum, [file["counts"]]) == [45]


def test_big_arrays_go_in_parts_and_come_into_place(server: LiveServer) -> None:
    cube = np.random.default_rng(1).random((40, 256, 256)).astype("f4")
    with hdf5_async.File(server.url("lab.h5"), "r+") as file:
        dataset = file.create_dataset("cube", data=cube, chunks=(1, 256, 256))
        told: list[tuple[int, int]] = []
        read = dataset.read(np.s_[:30], progress=lambda done, total: told.append((done, total)))
        np.testing.assert_array_equal(read, cube[:30])
        assert told[-1] == (30 * 256 * 256, 30 * 256 * 256)
        room = np.zeros((50, 256, 256), "f4")
        dataset.read_direct(room, np.s_[10:30], np.s_[5:25])
        np.testing.assert_array_equal(room[5:25], cube[10:30])
        assert not room[25:].any()
