"""Files in Python file objects: on the server while they are open, and back again."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

import hdf5_async
from hdf5_async import exceptions

if TYPE_CHECKING:
    from pathlib import Path

    from live_server import LiveServer

removing = pytest.mark.options("--allow-delete-files")


@pytest.fixture
def named(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> LiveServer:
    """A server that names without an address are looked up on."""
    monkeypatch.setenv("HDF5_ASYNC_URL", server.url())
    return server


def served(server: LiveServer) -> list[str]:
    """The names of the files in the folder, without logs."""
    return sorted(path.name for path in server.folder.glob("*.h5"))


@removing
def test_what_is_made_in_memory_is_read_by_h5py(named: LiveServer) -> None:
    buffer = io.BytesIO(b"what was there before is longer than nothing" * 10_000)
    with hdf5_async.File(buffer, "w", track_order=True) as file:
        assert (file.driver, file.filename, file.mode) == ("fileobj", repr(buffer), "r+")
        file["z"] = np.arange(10)
        file["a"] = "né"
        assert len(served(named)) == 2
        file.flush()
        with h5py.File(io.BytesIO(buffer.getvalue())) as flushed:
            assert sorted(flushed) == ["a", "z"]
        assert list(file) == ["z", "a"]
        file["z"][0] = 7
    assert served(named) == ["lab.h5"]
    with h5py.File(buffer) as back:
        assert back["z"][:3].tolist() == [7, 1, 2]
        assert back["a"].asstr()[()] == "né"
    with hdf5_async.File(buffer, "a") as file:
        del file["z"]
    with hdf5_async.File(buffer) as file:
        assert list(file) == ["a"]
        with pytest.raises(ValueError, match="no write"):
            file["b"] = 1
    assert served(named) == ["lab.h5"]


@removing
@pytest.mark.usefixtures("named")
def test_what_h5py_made_is_read_and_changed(tmp_path: Path) -> None:
    with tempfile.TemporaryFile() as target:
        with h5py.File(target, "w") as made:
            made["values"] = np.arange(300_000)
        with hdf5_async.File(target, "r") as file:
            assert file["values"][-1] == 299_999
        with hdf5_async.File(target, "r+", driver="fileobj") as file:
            file["values"][0] = -5
        with h5py.File(target) as back:
            assert back["values"][0] == -5
    with (tmp_path / "new.h5").open("wb+") as target, hdf5_async.File(target, "a") as file:
        file["made"] = 1
    with h5py.File(tmp_path / "new.h5") as back:
        assert back["made"][()] == 1


@removing
def test_what_is_no_file_is_refused(named: LiveServer) -> None:
    with pytest.raises(OSError, match="HDF5"):
        hdf5_async.File(io.BytesIO(b"no file at all"), "r")
    with pytest.raises(ValueError, match="fileobj"):
        hdf5_async.File(io.BytesIO(), "w", driver="core")
    for nothing in (None, "name.h5", object()):
        with pytest.raises(TypeError, match="file object"):
            hdf5_async.File(nothing, "w", driver="fileobj")
    assert served(named) == ["lab.h5"]


@removing
def test_what_cannot_be_brought_back_is_kept_until_it_can(named: LiveServer) -> None:
    class Full(io.BytesIO):
        is_full = True

        def write(self, piece: Any) -> int:
            if self.is_full:
                raise OSError("no room")
            return super().write(piece)

    buffer = Full()
    file = hdf5_async.File(buffer, "w")
    file["a"] = [1, 2]
    with pytest.raises(OSError, match="no room"):
        file.close()
    assert file["a"][:].tolist() == [1, 2]
    buffer.is_full = False
    file.close()
    assert served(named) == ["lab.h5"]
    with h5py.File(buffer) as back:
        assert back["a"][:].tolist() == [1, 2]


LEFT_OPEN = """
import sys, hdf5_async
file = hdf5_async.File(open(sys.argv[1], "wb+"), "w")
file["a"] = [1, 2]
"""


@removing
def test_what_a_script_leaves_open_is_brought_back(named: LiveServer, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LEFT_OPEN, tmp_path / "left.h5"], check=True, timeout=60)
    assert served(named) == ["lab.h5"]
    with h5py.File(tmp_path / "left.h5") as back:
        assert back["a"][:].tolist() == [1, 2]


def test_a_server_that_removes_nothing_is_given_nothing(named: LiveServer) -> None:
    with pytest.raises(exceptions.UnsupportedError, match="allow-delete-files"):
        hdf5_async.File(io.BytesIO(), "w")
    assert served(named) == ["lab.h5"]
